import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { SIP_HASH_WORDS, sipHash128 } from './sip-hash.ts'

const KEY = Uint8Array.from({ length: 16 }, (_, i) => i)

function hash(bytes: Uint8Array, start = 0, end = bytes.length, key = KEY): string {
  const out = new Uint32Array(SIP_HASH_WORDS)
  sipHash128(key, bytes, 1, [{ starts: Int32Array.of(start), ends: Int32Array.of(end), out }])
  return Buffer.from(out.buffer).toString('hex')
}

test('inputs of 0 to 63 bytes have the hashes of the reference implementation', () => {
  const file = new URL('./testdata/sip-hash-2-4-128.txt', import.meta.url)
  const vectors = readFileSync(file, 'latin1').trimEnd().split('\n') // vectors_sip128 of github.com/veorq/SipHash
  assert.equal(vectors.length, 64)
  const input = Uint8Array.from({ length: 64 }, (_, i) => i)
  for (const [length, vector] of vectors.entries())
    assert.equal(hash(input, 0, length), vector, `${length} bytes`)
})

test('a stretch of bytes is hashed as if it stood alone', () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.uint8Array({ maxLength: 700 }),
      fc.uint8Array(),
      (before, input, after) => {
        const all = Buffer.concat([before, input, after])
        assert.equal(hash(all, before.length, before.length + input.length), hash(input))
      },
    ),
  )
})

test('many stretches in one call are hashed as one by one', () => {
  const place = fc.tuple(fc.nat({ max: 300 }), fc.nat({ max: 300 }))
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 300 }), fc.array(place, { maxLength: 50 }), (bytes, places) => {
      const starts = Int32Array.from(places, ([a, b]) => Math.min(a, b))
      const ends = Int32Array.from(places, ([a, b]) => Math.max(a, b))
      const [forth, back] = [0, 1].map(() => new Uint32Array(places.length * SIP_HASH_WORDS + 1).fill(9))
      const last = places.length - 1
      const reversed = { starts: starts.toReversed(), ends: ends.toReversed(), out: back! }
      sipHash128(KEY, bytes, places.length, [{ starts, ends, out: forth! }, reversed])
      for (let i = 0; i <= last; i++) {
        const expected = hash(bytes, starts[i], ends[i])
        const words = (out: Uint32Array, at: number) =>
          Buffer.from(out.slice(at * 4, at * 4 + 4).buffer).toString('hex')
        assert.equal(words(forth!, i), expected)
        assert.equal(words(back!, last - i), expected)
      }
      assert.equal(forth!.at(-1), 9)
    }),
  )
})

test('an input of megabytes is hashed, and what it left behind changes no later hash', () => {
  const small = hash(Buffer.from('after'))
  const large = hash(Buffer.alloc(3 << 20, 1))
  assert.equal(hash(Buffer.from('after')), small)
  assert.equal(hash(Buffer.alloc(3 << 20, 1)), large)
})

test('another key gives other hashes, whichever of its bits differs', () => {
  const hashes = new Set([hash(Buffer.from('x'))])
  for (let bit = 0; bit < 128; bit++) {
    const key = Uint8Array.from(KEY)
    key[bit >> 3] = key[bit >> 3]! ^ (1 << (bit & 7))
    hashes.add(hash(Buffer.from('x'), 0, 1, key))
  }
  assert.equal(hashes.size, 129)
})
