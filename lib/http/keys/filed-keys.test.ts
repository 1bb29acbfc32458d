import assert from 'node:assert/strict'
import { chmod, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { until } from '../../../testing/until.ts'
import { FiledKeys, markOf } from './filed-keys.ts'
import { KeyRing } from './key-ring.ts'
import { type FiledKey, keysFileText } from './keys-file.ts'
import { digestOf } from './known-key.ts'

function aKey(key: string): FiledKey {
  return {
    sha256: digestOf(key).toString('hex'),
    ...{ role: 'full', tenant: 'acme', origins: [], note: '', expiresAt: null, revokedAt: null },
    createdAt: '2026-11-21T09:00:00.000Z',
  }
}

async function world() {
  const directory = await temporaryDirectory()
  const path = join(directory.path, 'keys.json')
  const ring = new KeyRing({ apiKeys: [], adminKeys: [] })
  const said: string[] = []
  const say = (words: unknown) => void said.push(String(words))
  const open = () =>
    FiledKeys.open({ path, ring, clock: new ManualClock(), logger: { warn: say, info() {} } })
  /** As the command does. Written over, it could look unchanged: the times of a file system are coarse. */
  const write = async (...keys: readonly string[]) => {
    await writeFile(`${path}.new`, keysFileText(keys.map(aKey)))
    await rename(`${path}.new`, path)
  }
  const known = (key: string) => ring.find(key).known.length > 0
  const close = () => directory[Symbol.asyncDispose]()
  return { path, ring, said, open, write, known, [Symbol.asyncDispose]: close }
}

test('a file that comes later turns keys on, and a changed one is taken', async () => {
  await using here = await world()
  const filed = await here.open()
  assert.equal(here.ring.areOn, false)
  await here.write('one')
  await filed.look()
  assert.deepEqual([here.ring.areOn, here.known('one'), here.known('two')], [true, true, false])
  await here.write('two')
  await filed.look()
  assert.deepEqual([here.known('one'), here.known('two')], [false, true])
  assert.deepEqual([here.said, filed.warnings], [[], []])
})

test('a file of revoked keys alone keeps keys on', async () => {
  await using here = await world()
  await writeFile(here.path, keysFileText([{ ...aKey('one'), revokedAt: '2026-11-21T10:00:00Z' }]))
  await here.open()
  assert.deepEqual([here.ring.areOn, here.known('one')], [true, false])
})

for (const [name, harm] of [
  ['damaged', (path: string) => writeFile(path, '{')],
  ['deleted', (path: string) => rm(path)],
] as const) {
  test(`where the file is ${name}, the last good keys stay in force, and it is told once`, async () => {
    await using here = await world()
    await here.write('one')
    const filed = await here.open()
    const registry = new Registry()
    filed.watchedBy(registry)
    await harm(here.path)
    await filed.look()
    await filed.look()
    assert.equal(here.known('one'), true)
    assert.equal(here.said.length, 1)
    assert.match(
      filed.warnings.join(),
      /keys\.json .*Restore it from a backup\. The last good keys stay in force/,
    )
    assert.match(await registry.metrics(), /tally_keys_file_faulty 1/)
    await here.write('two')
    await filed.look()
    assert.deepEqual([here.known('one'), here.known('two'), filed.warnings], [false, true, []])
    assert.match(await registry.metrics(), /tally_keys_file_faulty 0/)
  })

  test(`a server does not start where the file is ${name}`, async () => {
    await using here = await world()
    await here.write('one')
    await writeFile(markOf(here.path), '')
    await harm(here.path)
    await assert.rejects(here.open(), {
      name: 'KeysFileFault',
      message: /keys\.json (is lost|is not a file of keys)\. Restore/,
    })
  })
}

test('a server does not start where it cannot read the file', {
  skip: process.getuid?.() === 0,
}, async () => {
  await using here = await world()
  await here.write('one')
  await chmod(here.path, 0)
  await assert.rejects(here.open(), /keys\.json cannot be read \(EACCES\)/)
})

test('a file that is written over in place is seen, even if its size and time are the same', async () => {
  await using here = await world()
  await here.write('one')
  await utimes(here.path, 1, 1)
  const filed = await here.open()
  const changedNs = async () => (await stat(here.path, { bigint: true })).ctimeNs
  const before = await changedNs()
  await until('the clock of the file system has moved', async () => {
    await writeFile(here.path, keysFileText([aKey('two')]))
    await utimes(here.path, 1, 1)
    return (await changedNs()) !== before
  })
  await filed.look()
  assert.equal(here.known('two'), true)
})
