// Import, send and read back on every runtime that npm has.
import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runProgram } from '../../infra/native/run-program.ts'
import { type Product, startProduct } from '../e2e/product.ts'
import { bundle } from './bundlers.ts'
import { assertCounted, EXPECTED } from './counted-product.ts'
import { installedSdk } from './installed-sdk.ts'
import type { Program } from './toolbox.ts'

const NODES = [20, 22, 24] as const
const { folder, toolbox } = installedSdk()

let product: Product
before(async () => {
  product = await startProduct()
})
after(() => product[Symbol.asyncDispose]())

/** On Linux x64, where CI runs, all are there, or the test fails. */
function testOn(name: string, program: Program, run: (path: string) => Promise<void>): void {
  const skip = 'missing' in program && process.platform !== 'linux' ? program.missing : false
  test(name, { skip }, async () => {
    if ('missing' in program) throw new Error(program.missing)
    await run(program.path)
  })
}

async function sendAndReadBack(program: string, args: readonly string[], videoId: string): Promise<void> {
  const output = await runProgram(program, [...args, 'from-arguments.mjs', product.url, videoId], {
    cwd: folder,
  })
  assert.deepEqual(JSON.parse(output), EXPECTED)
  await assertCounted(product.url, videoId, EXPECTED.count)
}

for (const [major, program] of [
  ...NODES.map((major) => [major, toolbox.node(major)] as const),
  [26, { path: process.execPath }] as const,
]) {
  testOn(`Node ${major}: import, send, read back`, program, (path) =>
    sendAndReadBack(path, [], `node-${major}`),
  )

  testOn(`Node ${major}: require, send`, program, async (path) => {
    const videoId = `required-${major}`
    const output = await runProgram(path, ['required.cjs', product.url, videoId], { cwd: folder })
    assert.deepEqual(JSON.parse(output), { accepted: 1, reads: 'function' })
  })

  testOn(`Node ${major}: send by way of a spool of files`, program, async (path) => {
    const videoId = `spooled-${major}`
    const args = ['spooled.mjs', product.url, videoId, join(folder, videoId)]
    const output = await runProgram(path, args, { cwd: folder })
    assert.deepEqual(JSON.parse(output), { left: 0, delivered: 3 })
    await assertCounted(product.url, videoId, 2)
  })
}

testOn(
  'Deno: import, send, read back, with leave for nothing but the network',
  toolbox.runtime('deno'),
  (path) =>
    sendAndReadBack(
      path,
      ['run', '--quiet', '--no-prompt', '--no-remote', '--node-modules-dir=manual', '--allow-net=127.0.0.1'],
      'deno',
    ),
)

testOn('Bun: import, send, read back', toolbox.runtime('bun'), (path) =>
  sendAndReadBack(path, ['run', '--no-install'], 'bun'),
)

testOn('workerd: import, send, read back', toolbox.runtime('workerd'), async (path) => {
  const videoId = 'workerd'
  const built = await bundle(toolbox, folder, 'worker.mts', {
    conditions: ['workerd', 'worker', 'browser'],
  })
  await rename(built, join(folder, 'worker.bundle.js'))
  await writeFile(join(folder, 'workerd.capnp'), workerdConfig(product.url, videoId))
  await runProgram(path, ['test', 'workerd.capnp'], { cwd: folder })
  await assertCounted(product.url, videoId, EXPECTED.count)
})

/** A worker may reach nothing but loopback. */
function workerdConfig(url: string, videoId: string): string {
  const text = (name: string, value: string) => `(name = "${name}", text = ${JSON.stringify(value)})`
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [
  (name = "main", worker = .worker),
  (name = "loopback", network = (allow = ["local"])),
]);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.bundle.js")],
  compatibilityDate = "2026-11-01",
  globalOutbound = "loopback",
  bindings = [
    ${text('TALLY_URL', url)}, ${text('VIDEO_ID', videoId)}, ${text('EXPECTED', JSON.stringify(EXPECTED))}
  ],
);
`
}
