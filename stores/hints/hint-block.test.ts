import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeHintBlock, encodeHintBlock } from './hint-block.ts'
import type { HintBlock } from './hints.ts'

const SOURCE = 'inc-3'
const KEY_ID = '0123456789abcdef'
const word = fc.nat(0xffff_ffff)
const entry = fc.tuple(fc.constantFrom(28_332_000, 28_332_001, 0xffff_ffff), word, word, word, word)
const keyId = fc.tuple(word, word).map((words) => words.map((w) => w.toString(16).padStart(8, '0')).join(''))
const stretch = fc.record({ from: fc.nat(), length: fc.integer({ min: 1 }), logTimeMs: fc.nat() })
const block: fc.Arbitrary<HintBlock> = fc
  .tuple(keyId, stretch, fc.array(entry))
  .map(([keyId, { from, length, logTimeMs }, entries]) => ({
    keyId,
    from,
    to: from + length,
    logTimeMs,
    entries: Uint32Array.from(entries.flat()),
  }))

/** The same whatever the order of the entries. */
function content({ entries, ...rest }: HintBlock) {
  const rows = Array.from({ length: entries.length / 5 }, (_, i) => entries.slice(5 * i, 5 * i + 5).join())
  return { ...rest, rows: rows.sort() }
}

test('a block comes back as it was, but for the order of its entries', () => {
  fc.assert(
    fc.property(block, (original) => {
      const back = decodeHintBlock(SOURCE, encodeHintBlock(SOURCE, original))
      assert.deepEqual(back && content(back), content(original))
    }),
  )
})

test('a block is read from wherever its bytes stand in a larger buffer', () => {
  const original = { keyId: KEY_ID, from: 1, to: 2, logTimeMs: 3, entries: Uint32Array.of(4, 5, 6, 7, 8) }
  const bytes = encodeHintBlock(SOURCE, original)
  const larger = new Uint8Array(bytes.length + 1)
  larger.set(bytes, 1)
  assert.deepEqual(decodeHintBlock(SOURCE, larger.subarray(1)), original)
})

test('an id takes 16 bytes', () => {
  const minute = 28_332_000
  const sizeOf = (ids: number) => {
    const entries = Uint32Array.from(Array.from({ length: ids }, (_, i) => [minute, i, i, i, i]).flat())
    return encodeHintBlock(SOURCE, { keyId: KEY_ID, from: 0, to: 1, logTimeMs: 0, entries }).length
  }
  assert.equal(sizeOf(1_001) - sizeOf(1), 16_000)
})

test('a flipped bit makes it no block', () => {
  fc.assert(
    fc.property(block, fc.nat(), (original, at) => {
      const bytes = encodeHintBlock(SOURCE, original)
      const bit = at % (8 * bytes.length)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      assert.equal(decodeHintBlock(SOURCE, bytes), null)
    }),
  )
})

test('a part of a block is none', () => {
  fc.assert(
    fc.property(block, fc.nat(), (original, length) => {
      const bytes = encodeHintBlock(SOURCE, original)
      assert.equal(decodeHintBlock(SOURCE, bytes.subarray(0, length % bytes.length)), null)
    }),
  )
})

test('a block of another source is none', () => {
  const bytes = encodeHintBlock(SOURCE, {
    ...{ keyId: KEY_ID, from: 0, to: 9, logTimeMs: 0 },
    entries: new Uint32Array(0),
  })
  assert.equal(decodeHintBlock('inc-4', bytes), null)
})

test('random bytes are no block', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 256 }), (bytes) => {
      assert.equal(decodeHintBlock(SOURCE, bytes), null)
    }),
  )
})
