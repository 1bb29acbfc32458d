import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FINGERPRINT_WORDS, FingerprintSet } from './fingerprint-set.ts'
import { murmur3x86_128 } from './murmur3.ts'

type Words = readonly number[]

const word = fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 0xffffffff }))
const fingerprint = fc.tuple(word, word, word, word)

function add(set: FingerprintSet, words: Words): boolean {
  return set.add(Uint32Array.from([99, ...words]), 1)
}

/** The set takes a first word of 0 for 1. */
function nameOf([first, ...rest]: Words): string {
  return [first || 1, ...rest].join(' ')
}

function filled(count: number, set = new FingerprintSet()): FingerprintSet {
  const words = new Uint32Array(FINGERPRINT_WORDS)
  const id = Buffer.alloc(4)
  for (let i = 0; i < count; i++) {
    id.writeUInt32LE(i)
    murmur3x86_128(id, 0, id.length, 0, words, 0)
    assert.ok(set.add(words, 0))
  }
  return set
}

test('a set answers as a set of texts does', () => {
  fc.assert(
    fc.property(fc.array(fingerprint, { maxLength: 300 }), (fingerprints) => {
      const set = new FingerprintSet()
      const model = new Set<string>()
      for (const words of fingerprints) {
        assert.equal(add(set, words), !model.has(nameOf(words)))
        model.add(nameOf(words))
        assert.equal(set.size, model.size)
      }
    }),
  )
})

test('fingerprints that share a slot are told apart, also at the end of a segment', () => {
  const set = new FingerprintSet()
  for (const first of [0xffffffff, 0xfffffffe, 0]) {
    for (let i = 0; i < 200; i++) assert.ok(add(set, [first, i, 0, 16]))
    for (let i = 0; i < 200; i++) assert.ok(!add(set, [first, i, 0, 16]))
  }
})

test('zeros are a fingerprint like any other', () => {
  const set = new FingerprintSet()
  assert.ok(add(set, [0, 0, 0, 0]))
  assert.ok(!add(set, [0, 0, 0, 0]))
  assert.equal(set.size, 1)
})

test('an id takes between 16 and 40 bytes, however many there are', () => {
  for (const count of [5_000, 20_000, 100_000]) {
    const set = filled(count)
    assert.equal(set.size, count)
    const bytes = set.byteLength / count
    assert.ok(bytes >= 16 && bytes <= 40, `${bytes} bytes each of ${count}`)
  }
})

test('a set with room for a number of ids grows hardly, or not at all, until it holds them, and then grows on', () => {
  for (const count of [100, 20_000, 100_000]) {
    const set = FingerprintSet.withRoomFor(count)
    const bytes = set.byteLength
    assert.ok(bytes <= 40 * Math.max(count, 256), `${bytes} bytes for ${count}`)
    filled(count, set)
    assert.equal(set.size, count)
    assert.ok(set.byteLength <= (count < 100_000 ? 1.6 : 1) * bytes, `${set.byteLength} of ${bytes} bytes`)
    assert.ok(filled(3 * count, FingerprintSet.withRoomFor(count)).byteLength > bytes)
  }
})

test('a set made of the segments of another goes on like it', () => {
  const set = filled(10_000)
  const copy = new FingerprintSet(structuredClone(set.segments))
  assert.equal(copy.size, set.size)
  for (let i = 0; i < 10_000; i++) {
    const words = [i * 7_919, i, i, i % 16]
    assert.equal(add(copy, words), add(set, words))
  }
  assert.equal(copy.size, set.size)
  assert.equal(copy.byteLength, set.byteLength)
})
