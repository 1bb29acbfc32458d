import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeDeadLetter, encodeDeadLetter, type KeptDeadLetter } from './dead-letter.ts'

const LETTER: KeptDeadLetter = {
  source: '0a1b2c3d-7',
  offset: 123_456_789_012,
  index: -1,
  logTime: 1_795_252_184_993,
  reason: 'bad_framing',
  bytes: Buffer.from([0x54, 1, 0, 255]),
  origin: 'record',
}

test('a dead letter comes back as it was put', () => {
  assert.deepEqual(decodeDeadLetter(encodeDeadLetter(LETTER)), LETTER)
  const event: KeptDeadLetter = { ...LETTER, index: 3, bytes: Buffer.alloc(100_000, 7), origin: 'event' }
  assert.deepEqual(decodeDeadLetter(Uint8Array.from(encodeDeadLetter(event))), event)
})

test('a cut, lengthened or foreign letter is null', () => {
  const bytes = encodeDeadLetter(LETTER)
  for (let end = 0; end < bytes.length; end++) assert.equal(decodeDeadLetter(bytes.subarray(0, end)), null)
  assert.equal(decodeDeadLetter(Buffer.concat([bytes, Buffer.alloc(1)])), null)
  assert.equal(decodeDeadLetter(Buffer.alloc(100, 0xc3)), null)
})

test('an origin that there is not is null', () => {
  const bytes = encodeDeadLetter(LETTER)
  bytes[bytes.length - 1] = 'x'.charCodeAt(0)
  assert.equal(decodeDeadLetter(bytes), null)
})

test('damaged letters never throw', () => {
  const bytes = encodeDeadLetter(LETTER)
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
      const damaged = Buffer.from(bytes)
      damaged[at] = byte
      decodeDeadLetter(damaged)
    }),
    { numRuns: 2_000 },
  )
})
