import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HalfSipHash } from './half-sip-hash.ts'

/** Of the key 00 01 … 07 and inputs 00 01 02 … of 0, 2, 4 … 62 bytes: `vectors_hsip64` in the authors vectors.h. */
const VECTORS =
  '218d1f59b9b83cc8 064f39ef7c50eb57 d5e78a175be52ea1 ce3e91358aa2bc25 edfee820bce4858c 95b0469f06a6f2ee ' +
  '7bc71f9faef5c799 3bb1a870eae8e658 7336aad25f7bf3b5 c9b2db2b9a3e42f9 1bf52b0a6feea7db e20103fa1ba776ef ' +
  '70741045ae3fa6f1 0d899ed8112923f0 2d925ffb1e0016b5 291aaf864898179d 28709d46d811626c 8324e4d7528f9830 ' +
  '86d67a40ec4276dc cbd92ee724d42109 5b38c81c67c8ae4c a91a52c025327024 1e30f3ad27dcb15a 495c0f995557dc38 ' +
  'a9eaa8c04ba93e3e 912d568fd8f65a49 02445a7998f550e1 359569e7d289e3bc a1a492f942f15f1d 5d1b5ea1b231d89d ' +
  'd6762890bf26e460 f90b3ab572d46693'

function hashOf(key: Uint32Array, text: string): string {
  const hash = new HalfSipHash(key)
  hash.hash(text)
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(hash.low, 0)
  bytes.writeUInt32LE(hash.high, 4)
  return bytes.toString('hex')
}

test('texts are hashed as the authors hash their bytes', () => {
  const key = Uint32Array.of(0x03020100, 0x07060504)
  for (const [units, expected] of VECTORS.split(' ').entries()) {
    const bytes = Buffer.from(Array.from({ length: 2 * units }, (_, i) => i))
    assert.equal(hashOf(key, bytes.toString('utf16le')), expected, `${2 * units} bytes`)
  }
})

test('another key gives another hash, and so does another text', () => {
  const keys = [Uint32Array.of(1, 2), Uint32Array.of(1, 3), Uint32Array.of(2, 2)]
  const texts = ['', 'a', 'b', 'aa', 'a\0', '\0a', 'ā', '😀', 'x'.repeat(128), 'x'.repeat(256)]
  const hashes = keys.flatMap((key) => texts.map((text) => hashOf(key, text)))
  assert.equal(new Set(hashes).size, keys.length * texts.length)
})

test('a key of one word is refused', () => {
  assert.throws(() => new HalfSipHash(Uint32Array.of(1)), RangeError)
})
