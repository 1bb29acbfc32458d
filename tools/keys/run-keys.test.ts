import assert from 'node:assert/strict'
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readKeysFile } from '../../lib/http/keys/filed-keys.ts'
import { digestOf } from '../../lib/http/keys/known-key.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { parseOptions } from './keys-options.ts'
import { run } from './run-keys.ts'

const NOW_MS = Date.parse('2026-11-21T09:00:00Z')
const WRITE = ['create', '--role', 'write', '--tenant', 'acme', '--origin', 'https://player.example']

async function world() {
  const directory = await temporaryDirectory()
  const path = join(directory.path, 'new', 'keys.json')
  const clock = new ManualClock(NOW_MS)
  const said: string[] = []
  const keys = async (...args: readonly string[]) => {
    const printed: string[] = []
    const output = {
      print: (line: string) => void printed.push(line),
      say: (line: string) => void said.push(line),
    }
    await run(path, parseOptions(args, clock.nowMs()), clock, output)
    return printed
  }
  return { path, clock, said, keys, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() }
}

test('a key is printed once and alone, and only its digest is kept, for the own account alone', async () => {
  await using here = await world()
  const [key = '', ...others] = await here.keys(...WRITE, '--note', 'player')
  assert.match(key, /^wk_[A-Za-z0-9_-]{32}$/)
  assert.deepEqual(others, [])
  assert.deepEqual(await readKeysFile(here.path), [
    {
      sha256: digestOf(key).toString('hex'),
      ...{ role: 'write', tenant: 'acme', origins: ['https://player.example'], note: 'player' },
      ...{ createdAt: '2026-11-21T09:00:00.000Z', expiresAt: null, revokedAt: null },
    },
  ])
  assert.ok(!(await readFile(here.path, 'utf8')).includes(key))
  assert.equal((await stat(here.path)).mode & 0o777, 0o600)
  assert.deepEqual((await readdir(join(here.path, '..'))).sort(), ['keys.json', 'keys.json.mark'])
})

test('the key of each role says what it is', async () => {
  await using here = await world()
  for (const [role, prefix] of Object.entries({ write: 'wk_', read: 'rk_', full: 'fk_', admin: 'ak_' })) {
    for (const tenant of ['acme', ''])
      assert.ok((await here.keys('create', '--role', role, '--tenant', tenant))[0]!.startsWith(prefix))
  }
  assert.match(here.said.at(-1)!, /: an admin key of the default tenant/)
})

test('keys are listed without what they are, and revoked by their names', async () => {
  await using here = await world()
  const [key = ''] = await here.keys(...WRITE, '--expires', '30d')
  await here.keys('create', '--role', 'admin')
  const name = digestOf(key).toString('hex').slice(0, 8)
  const [first, second] = await here.keys('list')
  assert.equal(first, `${name}  until 2026-12-21T09:00:00.000Z  write  tenant acme  https://player.example`)
  assert.match(second!, /^[0-9a-f]{8} {2}in force {2}admin {2}no tenant$/)
  here.clock.advance(30 * 86_400_000)
  assert.match((await here.keys('list'))[0]!, /expired/)
  assert.deepEqual(await here.keys('revoke', name), [`revoked ${name}`])
  const [listed] = await here.keys('list', '--json')
  assert.equal(JSON.parse(listed!).state, 'revoked 2026-12-21T09:00:00.000Z')
  assert.equal((await readKeysFile(here.path)).length, 2)
  await assert.rejects(here.keys('revoke', 'ffffffff', name), /There is no key ffffffff: see/)
})

test('of many commands at once each key is kept', async () => {
  await using here = await world()
  const output = { print() {}, say() {} }
  const options = parseOptions(WRITE, NOW_MS)
  await Promise.all(Array.from({ length: 5 }, () => run(here.path, options, systemClock, output)))
  assert.equal((await readKeysFile(here.path)).length, 5)
})

test('a damaged file is never written over', async () => {
  await using here = await world()
  await here.keys(...WRITE)
  await writeFile(here.path, '{"keys": []}')
  await assert.rejects(here.keys(...WRITE), /keys\.json does not match its checksum/)
  assert.equal(await readFile(here.path, 'utf8'), '{"keys": []}')
})

test('the lock of a command that was killed is taken over', async () => {
  await using here = await world()
  await here.keys(...WRITE)
  const lock = `${here.path}.lock`
  await writeFile(lock, '')
  await utimes(lock, new Date(NOW_MS - 61_000), new Date(NOW_MS - 61_000))
  await here.keys(...WRITE)
  assert.equal((await readKeysFile(here.path)).length, 2)
})

describe('a wrong command', () => {
  const check = (words: RegExp, ...args: readonly string[]) =>
    test(`${args.join(' ')} is refused`, () =>
      assert.throws(() => parseOptions(args, NOW_MS), { name: 'UsageFault', message: words }))
  check(/name one of create, list, revoke/)
  check(/name one of create, list, revoke, not "make"/, 'make')
  check(/create needs --role write\|read\|full\|admin\ncreate needs --tenant/, 'create')
  check(/--role must be one of write, read, full, admin/, 'create', '--role', 'root', '--tenant', 'a')
  check(/a tenant is 1–64 of/, 'create', '--role', 'read', '--tenant', 'a b')
  check(/browsers write https:\/\/player\.example/, ...WRITE, '--origin', 'https://Player.example/')
  check(/write https:\/\/a\.example/, ...WRITE, '--origin', '*')
  check(/--expires is days like 30d/, ...WRITE, '--expires', 'soon')
  check(/--expires is days like 30d/, ...WRITE, '--expires', '2026-11-21T08:00:00Z')
  check(/--note has at most 128 characters/, ...WRITE, '--note', 'x'.repeat(129))
  check(/revoke needs the names of keys/, 'revoke')
  check(/list takes no names/, 'list', 'abc')
})
