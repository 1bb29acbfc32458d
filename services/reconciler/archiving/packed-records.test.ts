import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { memoryOf, packRecords, unpackRecords } from './packed-records.ts'

const record = fc.record(
  {
    offset: fc.nat(Number.MAX_SAFE_INTEGER),
    logTimeMs: fc.nat(Number.MAX_SAFE_INTEGER),
    bytes: fc.uint8Array({ maxLength: 40 }),
  },
  { noNullPrototype: true },
)

it('gives back the records that were packed, in another thread too', () => {
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const packed = packRecords(records)
      const moved = structuredClone(packed, { transfer: memoryOf(packed) })
      assert.deepEqual(unpackRecords(moved), records)
      assert.equal(packed.bytes.length, 0, 'the memory changed hands')
    }),
  )
})
