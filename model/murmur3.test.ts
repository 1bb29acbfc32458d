import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { murmur3x86_32, murmur3x86_128 } from './murmur3.ts'

type Hash = (bytes: Uint8Array, start: number, end: number, seed: number) => Buffer

const hash32: Hash = (bytes, start, end, seed) => {
  const out = Buffer.alloc(4)
  out.writeUInt32LE(murmur3x86_32(bytes, start, end, seed))
  return out
}

const hash128: Hash = (bytes, start, end, seed) => {
  const words = new Uint32Array(4)
  murmur3x86_128(bytes, start, end, seed, words, 0)
  const out = Buffer.alloc(16)
  words.forEach((word, i) => {
    out.writeUInt32LE(word, 4 * i)
  })
  return out
}

/** SMHasher's verification value: the hash of the hashes of 0; 0, 1; … under seeds 256, 255 and so on. */
function verification(hash: Hash): number {
  const key = Uint8Array.from({ length: 256 }, (_, i) => i)
  const hashes = Buffer.concat(Array.from(key, (length) => hash(key, 0, length, 256 - length)))
  return hash(hashes, 0, hashes.length, 0).readUInt32LE()
}

function check32(text: string, seed: number, hash: number): void {
  const bytes = Buffer.from(text)
  assert.equal(murmur3x86_32(bytes, 0, bytes.length, seed), hash, text)
}

test('both hashes give the values by which SMHasher knows them', () => {
  assert.equal(verification(hash32), 0xb0f57ee3)
  assert.equal(verification(hash128), 0xb3ece62a)
})

test('single hashes are the reference’s', () => {
  check32('', 0, 0)
  check32('', 1, 0x514e28b7)
  check32('', 0xffffffff, 0x81f16f39)
  check32('Hello, world!', 0x9747b28c, 0x24884cba)
  check32('The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd)
  assert.equal(hash128(Buffer.from(''), 0, 0, 0).toString('hex'), '0'.repeat(32))
})

test('a stretch of bytes is hashed as if it stood alone', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array({ maxLength: 40 }), fc.uint8Array(), (before, key, after) => {
      const all = Buffer.concat([before, key, after])
      for (const hash of [hash32, hash128]) {
        assert.deepEqual(hash(all, before.length, before.length + key.length, 7), hash(key, 0, key.length, 7))
      }
    }),
  )
})

test('a 128-bit hash is written where it is wanted and nowhere else', () => {
  const out = new Uint32Array(6).fill(9)
  murmur3x86_128(Buffer.from('foo'), 0, 3, 0, out, 1)
  assert.deepEqual([...out], [9, 0x577c1b25, 0x60b62565, 0x60b62565, 0x60b62565, 9])
})
