import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { arbitraryEvent } from '../testing/arbitrary-event.ts'
import { encodeVersion, heldBy } from '../testing/encode-version.ts'
import { EVENTS_PER_RECORD_MAX } from './limits.ts'
import { RecordBuilder } from './record.ts'
import { EventColumns, scanRecord } from './scan-record.ts'
import { loadSchemas } from './schema-set.ts'

const SCHEMAS = loadSchemas()

function read(record: Uint8Array): unknown[] {
  const columns = new EventColumns()
  assert.equal(scanRecord(SCHEMAS, record, columns), null)
  const { count, bytes, bodyStart, bodyEnd } = columns
  return Array.from({ length: count }, (_, i) =>
    SCHEMAS.decodeEvent(bytes.subarray(bodyStart[i], bodyEnd[i])),
  )
}

test('events come back from a record as they were added', () => {
  const builder = new RecordBuilder()
  fc.assert(
    fc.property(fc.array(arbitraryEvent, { maxLength: 50 }), (events) => {
      builder.reset()
      for (const event of events) builder.add(event)
      assert.equal(builder.count, events.length)
      assert.equal(builder.byteLength, builder.finish().length)
      assert.deepEqual(read(builder.finish()), events)
    }),
  )
})

test('an encoded event is moved to another record byte for byte', () => {
  fc.assert(
    fc.property(arbitraryEvent, (event) => {
      const moved = encodeVersion(1, event)
      const builder = new RecordBuilder()
      builder.addRaw(moved)
      builder.add(event)
      assert.deepEqual(builder.finish().subarray(10, 10 + moved.length), moved)
      assert.deepEqual(read(builder.finish()), [heldBy(1, event), event])
    }),
  )
})

test('records are joined to one with the events of all, in their order', () => {
  const record = fc.array(arbitraryEvent, { maxLength: 20 })
  fc.assert(
    fc.property(fc.array(record, { maxLength: 4 }), arbitraryEvent, (records, event) => {
      const joined = new RecordBuilder()
      joined.add(event)
      for (const events of records) {
        const builder = new RecordBuilder()
        for (const one of events) builder.add(one)
        joined.addRecord(builder.finish())
      }
      joined.add(event)
      assert.equal(joined.byteLength, joined.finish().length)
      assert.deepEqual(read(joined.finish()), [event, ...records.flat(), event])
    }),
  )
})

test('a finished record stays as it is when the builder goes on', () => {
  const [first, second] = fc.sample(arbitraryEvent, { numRuns: 2, seed: 1 })
  const builder = new RecordBuilder()
  builder.add(first!)
  const record = builder.finish()
  builder.reset()
  builder.add(second!)
  assert.deepEqual(read(record), [first])
  assert.deepEqual(read(builder.finish()), [second])
})

test('a record grows as far as it must', () => {
  const builder = new RecordBuilder()
  const big = Buffer.alloc(100_000, 1)
  for (let i = 0; i < 50; i++) builder.addRaw(big)
  assert.equal(builder.finish().length, 6 + 50 * (4 + big.length))
})

test('a record takes no more events than a reader does', () => {
  const builder = new RecordBuilder()
  const event = new Uint8Array(0)
  for (let i = 0; i < EVENTS_PER_RECORD_MAX; i++) builder.addRaw(event)
  assert.equal(scanRecord(SCHEMAS, builder.finish(), new EventColumns()), null)
  assert.throws(() => builder.addRaw(event), RangeError)
  const other = new RecordBuilder()
  other.addRaw(event)
  assert.throws(() => builder.addRecord(other.finish()), RangeError)
  assert.equal(builder.count, EVENTS_PER_RECORD_MAX)
})
