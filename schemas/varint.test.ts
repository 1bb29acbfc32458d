import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import fc from 'fast-check'
import { lengthAt, prefixBytes, readLong } from './varint.ts'

const LONG = avsc.Type.forSchema('long')

function check(hex: string, length: number): void {
  const bytes = Buffer.from(hex, 'hex')
  assert.equal(lengthAt(bytes, 0, bytes.length), length, hex)
}

function long(bytes: Uint8Array): { end: number; value: number } {
  const out = Float64Array.of(Number.NaN)
  const end = readLong(bytes, 0, bytes.length, out, 0)
  return { end, value: out[0]! }
}

test('lengths are read in one, two and three bytes', () => {
  check('00', 0)
  check('02', 1)
  check('7e', 63)
  check('8001', 64)
  check('fe7f', 8_191)
  check('808001', 8_192)
  check('808004', 32_768)
  check('feff7f', 1_048_575)
})

test('negative, padded, cut and huge lengths are no lengths', () => {
  for (const hex of ['', '01', '80', '8000', '8080', '808000', '8101', '80808001', 'ffffffffffffffffff01']) {
    check(hex, -1)
  }
})

test('the prefix of a length is as long as the writer of Avro makes it', () => {
  for (const length of [0, 1, 63, 64, 8_191, 8_192, 32_768, 1_048_575]) {
    assert.equal(prefixBytes(length), LONG.toBuffer(length).length, `${length}`)
  }
})

test('longs are read as Avro writes them', () => {
  // Below -2^52 avsc's writer rounds, and it refuses the largest safe integer.
  const longs = fc.oneof(fc.integer({ min: -(2 ** 52), max: Number.MAX_SAFE_INTEGER - 1 }), fc.integer())
  const edges = [0, -1, 2 ** 27 - 1, 2 ** 27, -(2 ** 27), -(2 ** 27) - 1, 2 ** 31, -(2 ** 52), 8.64e15]
  fc.assert(
    fc.property(longs, (value) => {
      const bytes = LONG.toBuffer(value)
      assert.deepEqual(long(bytes), { end: bytes.length, value })
    }),
    { examples: edges.map((edge) => [edge]) },
  )
})

test('a long that is cut or longer than eight bytes is refused', () => {
  assert.equal(long(Buffer.from('', 'hex')).end, -1)
  assert.equal(long(Buffer.from('ffff', 'hex')).end, -1)
  assert.equal(long(Buffer.from('ffffffffffffffff01', 'hex')).end, -1)
  assert.equal(long(Buffer.alloc(100_000, 0xff)).end, -1)
})
