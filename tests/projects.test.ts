// Each source is checked by a TypeScript project that knows the globals of where it runs, and no others.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { root, sourceFiles } from './source-file.ts'

const PROJECTS = globSync('**/tsconfig.json', { cwd: root, exclude: ['node_modules'] })

/** Without types that a server tells it does not compile: `npm run test:examples` makes them. */
const OF_GENERATED = 'examples/generated-client/tsconfig.json'

const tsc = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  }).stdout

/** What the compiler says about a text that it reads as a file of the project. */
async function faultsOf(project: string, text: string): Promise<string> {
  await using directory = await temporaryDirectory()
  const config = join(directory.path, 'tsconfig.json')
  const compilerOptions = { typeRoots: [join(root, 'node_modules/@types')] }
  writeFileSync(join(directory.path, 'text.mts'), text)
  writeFileSync(
    config,
    JSON.stringify({ extends: join(root, project), compilerOptions, include: ['text.mts'], exclude: [] }),
  )
  return tsc('-p', config)
}

test('every source is in a project', () => {
  const listed = new Set(
    PROJECTS.flatMap((project) => tsc('-p', join(root, project), '--listFilesOnly').split('\n')).map((path) =>
      relative(root, path),
    ),
  )
  const left = sourceFiles().filter(({ path }) => path.endsWith('.ts') && !listed.has(path))
  assert.deepEqual(
    left.map(({ path }) => path),
    [],
  )
})

test('npm run check checks every project', () => {
  const { check } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts
  for (const project of PROJECTS.filter((one) => one !== OF_GENERATED)) {
    const folder = project.replace(/\/?tsconfig\.json$/, '')
    assert.match(check, new RegExp(folder === '' ? '&& tsc &&' : `&& tsc -p ${folder} &&`), project)
  }
})

test("the server does not see the page's globals: location.href does not compile in model/", async () => {
  for (const name of ['location.href', 'document.title', 'name', 'window', 'innerWidth']) {
    const faults = await faultsOf('tsconfig.json', `export const a: unknown = ${name}\n`)
    assert.match(faults, /Cannot find name/, name)
  }
})

test('the page and the SDK do not see what Node alone has', async () => {
  for (const project of ['services/dashboard/tsconfig.json', 'sdk/tsconfig.json']) {
    assert.match(await faultsOf(project, 'export const a: unknown = process.env.A\n'), /'process'/, project)
    assert.equal(await faultsOf(project, 'export const a: string = location.href\n'), '', project)
  }
})

test('an index may be out of range', async () => {
  const text = 'const list: number[] = []\nexport const first: number = list[0]\n'
  assert.match(await faultsOf('tsconfig.json', text), /'undefined' is not assignable/)
})
