import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { NameKey } from './name-key.ts'

const BYTES = Uint8Array.from({ length: 16 }, (_, i) => 200 + i)

test('the id of a key is the same wherever it is made, and another for another key', () => {
  assert.match(new NameKey(BYTES).id, /^[0-9a-f]{16}$/)
  assert.equal(new NameKey(BYTES).id, new NameKey(Uint8Array.from(BYTES)).id)
  assert.notEqual(new NameKey(BYTES).id, new NameKey(BYTES.toReversed()).id)
})

test('whatever a key is printed as does not hold its bytes', () => {
  const key = new NameKey(BYTES)
  const hex = Buffer.from(BYTES).toString('hex')
  for (const text of [JSON.stringify(key), inspect(key, { showHidden: true, depth: 9 }), String(key)]) {
    assert.ok(!text.includes('201') && !text.includes(hex.slice(2, 8)), text)
  }
  assert.deepEqual(Object.keys(key), ['id'])
})

test('a key does not change with the bytes that it was made of', () => {
  const bytes = Uint8Array.from(BYTES)
  const key = new NameKey(bytes)
  const hash = () => {
    const out = new Uint32Array(4)
    key.hash(Buffer.from('name'), 1, [{ starts: Int32Array.of(0), ends: Int32Array.of(4), out }])
    return out
  }
  const before = hash()
  bytes.fill(0)
  assert.deepEqual(hash(), before)
})

test('a key of another length is refused in words that do not show it', () => {
  for (const length of [0, 15, 17, 32]) {
    assert.throws(() => new NameKey(new Uint8Array(length).fill(77)), {
      name: 'RangeError',
      message: `A name key has 16 bytes, not ${length}.`,
    })
  }
})

test('what is derived is 16 bytes, the same for the same key alone, and neither the key nor its id', () => {
  const derived = (bytes: Uint8Array) =>
    Buffer.from(new NameKey(bytes).derived('share links')).toString('hex')
  assert.match(derived(BYTES), /^[0-9a-f]{32}$/)
  assert.equal(derived(BYTES), derived(Uint8Array.from(BYTES)))
  assert.notEqual(derived(BYTES), derived(BYTES.toReversed()))
  assert.notEqual(derived(BYTES), Buffer.from(BYTES).toString('hex'))
  assert.ok(!derived(BYTES).includes(new NameKey(BYTES).id))
})
