import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { arbitraryEvent } from '../testing/arbitrary-event.ts'
import { explainEvent } from './explain-event.ts'
import { RecordBuilder } from './record.ts'
import { loadSchemas } from './schema-set.ts'
import { splitRecord } from './split-record.ts'

const schemas = loadSchemas()

function encoded(...events: readonly Parameters<RecordBuilder['add']>[0][]): Buffer {
  const builder = new RecordBuilder()
  for (const event of events) builder.add(event)
  return builder.finish()
}

test('of a sound event every field is read', () => {
  fc.assert(
    fc.property(arbitraryEvent, (event) => {
      const [bytes] = splitRecord(encoded(event)).events
      const { fields, brokeAt } = explainEvent(schemas, bytes!)
      const { timeMs: time, valueThousandths: value, source, ...texts } = event
      const ofCloudEvents = source === null ? {} : { source }
      assert.deepEqual(
        { fields: { ...fields }, brokeAt },
        { fields: { ...texts, ...ofCloudEvents, time, value }, brokeAt: null },
      )
    }),
  )
})

test('a cut event is read up to the field that is cut', () => {
  fc.assert(
    fc.property(arbitraryEvent, fc.nat(), (event, cut) => {
      const whole = splitRecord(encoded(event)).events[0]!
      const bytes = whole.subarray(0, cut % whole.length)
      const { fields, brokeAt } = explainEvent(schemas, bytes)
      const all = explainEvent(schemas, whole).fields
      const names = Object.keys(fields)
      assert.deepEqual(names, Object.keys(all).slice(0, names.length))
      for (const name of names) assert.equal(fields[name], all[name])
      const next = names.length === 0 && bytes.length < 10 ? 'schema' : Object.keys(all)[names.length]
      assert.equal(brokeAt?.field, next)
      assert.ok(brokeAt !== null && brokeAt.byte <= bytes.length)
    }),
  )
})

test('of an unknown schema the fields that all schemas share are read', () => {
  const event = fc.sample(arbitraryEvent, { numRuns: 1, seed: 1 })[0]!
  const bytes = Buffer.from(splitRecord(encoded(event)).events[0]!)
  bytes[2]! ^= 1
  const { fields, brokeAt } = explainEvent(schemas, bytes)
  assert.deepEqual(Object.keys(fields), ['tenant', 'videoId', 'type', 'id', 'time', 'value'])
  assert.deepEqual(brokeAt, { byte: 2, field: 'schema' })
})

test('bytes left over are told', () => {
  const event = fc.sample(arbitraryEvent, { numRuns: 1, seed: 1 })[0]!
  const bytes = splitRecord(encoded(event)).events[0]!
  const { brokeAt } = explainEvent(schemas, Buffer.concat([bytes, Buffer.alloc(1)]))
  assert.deepEqual(brokeAt, { byte: bytes.length, field: 'end' })
})

test('any bytes are explained without a throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      explainEvent(schemas, Buffer.concat([Buffer.from([0xc3, 1]), bytes]))
      splitRecord(bytes)
      splitRecord(Buffer.concat([Buffer.from([0x54, 1]), bytes]))
    }),
  )
})

test('a cut record gives the events before the cut', () => {
  const events = fc.sample(arbitraryEvent, { numRuns: 3, seed: 2 })
  const whole = encoded(...events)
  const sound = splitRecord(whole)
  assert.deepEqual([sound.announced, sound.events.length, sound.brokeAt], [3, 3, null])
  const lastAt = whole.length - sound.events[2]!.length - 4
  for (let end = lastAt; end < whole.length; end++) {
    const { announced, events: found, brokeAt } = splitRecord(whole.subarray(0, end))
    assert.deepEqual([announced, found.length, brokeAt], [3, 2, lastAt])
  }
  assert.equal(splitRecord(Buffer.concat([whole, Buffer.alloc(2)])).brokeAt, whole.length)
})

test('what is no record has no events', () => {
  assert.deepEqual(splitRecord(Buffer.from('hello')), { announced: null, events: [], brokeAt: 0 })
  assert.deepEqual(splitRecord(Uint8Array.of(0x54, 9, 0)), { announced: null, events: [], brokeAt: 1 })
  assert.deepEqual(splitRecord(Uint8Array.of(0x54, 1, 0)), { announced: null, events: [], brokeAt: 3 })
})
