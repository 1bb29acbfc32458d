import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type FiledKey, keysFileText, keysInForce, parseKeysFile } from './keys-file.ts'

const KEY: FiledKey = {
  sha256: 'ab'.repeat(32),
  role: 'write',
  tenant: 'acme',
  origins: ['https://player.example'],
  note: 'the player',
  createdAt: '2026-11-21T09:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
}
const ADMIN: FiledKey = { ...KEY, sha256: 'cd'.repeat(32), role: 'admin', tenant: null, origins: [] }

test('what is written is read again', () => {
  const keys = [KEY, ADMIN, { ...KEY, tenant: '' }]
  assert.deepEqual(parseKeysFile(keysFileText(keys)), keys)
  assert.deepEqual(parseKeysFile(keysFileText([])), [])
})

test('a revoked key is not in force, and an end is a time', () => {
  const ending = { ...ADMIN, expiresAt: '2026-11-22T00:00:00Z' }
  const [key, ...others] = keysInForce([{ ...KEY, revokedAt: KEY.createdAt }, ending])
  assert.deepEqual(key, {
    digest: Buffer.from(ADMIN.sha256, 'hex'),
    role: 'admin',
    tenant: null,
    origins: [],
    expiresMs: Date.parse('2026-11-22'),
  })
  assert.deepEqual(others, [])
})

test('a file of which a bit is flipped is refused, whichever it is, or reads as it was', () => {
  const bytes = Buffer.from(keysFileText([KEY, ADMIN]))
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    try {
      assert.deepEqual(parseKeysFile(flipped.toString('utf8')), [KEY, ADMIN])
    } catch (error) {
      assert.equal((error as Error).name, 'KeysFileFault', `bit ${bit}: ${error}`)
    }
  }
})

test('a file that is cut is refused, wherever it is', () => {
  const text = keysFileText([KEY, ADMIN])
  for (let length = 0; length < text.length - 2; length++) {
    assert.throws(() => parseKeysFile(text.slice(0, length)), { name: 'KeysFileFault' })
  }
})

describe('refuses', () => {
  const check = (name: string, text: string, words: RegExp) =>
    test(name, () => assert.throws(() => parseKeysFile(text), words))
  const withKey = (key: object) => keysFileText([key as FiledKey])
  check('an empty file', '', /is not a file of keys/)
  check('another file', '{"a": 1}', /is not a file of keys/)
  check('one that was written by hand', JSON.stringify({ format: 1, keys: [KEY] }), /checksum/)
  check('a newer form', JSON.stringify({ format: 2, keys: [] }), /written by a newer version/)
  check('an unknown role', withKey({ ...KEY, role: 'root' }), /entry 1/)
  check('a tenant that is none', withKey({ ...KEY, tenant: 'a b' }), /entry 1/)
  check('a key of nobody that is not of an admin', withKey({ ...KEY, tenant: null }), /entry 1/)
  check('an origin that is none', withKey({ ...KEY, origins: ['*'] }), /entry 1/)
  check('a time that is none', withKey({ ...KEY, expiresAt: 'soon' }), /entry 1/)
  check('a digest that is none', withKey({ ...KEY, sha256: 'ab' }), /entry 1/)
})
