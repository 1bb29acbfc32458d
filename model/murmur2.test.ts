import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { kafkaPartition, murmur2, toPositive } from './murmur2.ts'

// From Kafka's own UtilsTest.
const PUBLISHED: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

test('hashes are those that Kafka publishes', () => {
  for (const [key, hash] of PUBLISHED) assert.equal(murmur2(Buffer.from(key)), hash, key)
})

test('a stretch of bytes is hashed as if it stood alone', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (before, key, after) => {
      const all = Buffer.concat([before, key, after])
      assert.equal(murmur2(all, before.length, before.length + key.length), murmur2(key))
    }),
  )
})

test('partitions are those that a Kafka producer picks', () => {
  assert.equal(kafkaPartition(Buffer.from('abc'), 16), 479470107 % 16)
  assert.equal(kafkaPartition(Buffer.from('21'), 12), (2 ** 31 - 973932308) % 12)
  assert.equal(toPositive(-(2 ** 31)), 0)
})
