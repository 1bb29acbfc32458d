// Damaged and hostile bytes, compared with Avro's own decoder and a simple reader of the framing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Event } from '../model/event.ts'
import { arbitraryEvent } from '../testing/arbitrary-event.ts'
import { encodeVersion, WRITERS } from '../testing/encode-version.ts'
import * as limits from './limits.ts'
import { RecordBuilder } from './record.ts'
import { EVENT_FAULTS, EventColumns, scanRecord } from './scan-record.ts'
import { loadSchemas } from './schema-set.ts'

const RUNS = { numRuns: 3_000 }
const SCHEMAS = loadSchemas()

const PLAIN: Event = {
  tenant: '',
  videoId: 'v',
  type: 'view',
  id: '1',
  timeMs: 1,
  valueThousandths: null,
  viewerId: null,
  channelId: null,
  attributes: null,
  source: null,
}

type Fields = Omit<Event, 'timeMs' | 'valueThousandths'> & {
  readonly time: number
  readonly value: number | null
}

/** What Avro reads, and whether it would write the same bytes again. */
function oracle(bytes: Buffer): { fields: Fields; canonical: boolean } | null {
  const writer = WRITERS.find(({ header }) => header.equals(bytes.subarray(0, header.length)))
  if (writer === undefined) return null
  try {
    const fields = writer.type.fromBuffer(bytes.subarray(writer.header.length))
    const again = Buffer.concat([writer.header, writer.type.toBuffer(fields)])
    return { fields: { attributes: null, source: null, ...fields }, canonical: again.equals(bytes) }
  } catch {
    return null
  }
}

function isWithinLimits(fields: Fields): boolean {
  const { tenant, videoId, type, id, time, value, viewerId, channelId, attributes, source } = fields
  const within = (text: string, min: number, max: number) =>
    Buffer.byteLength(text) >= min && Buffer.byteLength(text) <= max
  return (
    within(tenant, 0, limits.TENANT_BYTES_MAX) &&
    within(videoId, 1, limits.VIDEO_ID_BYTES_MAX) &&
    within(type, 1, limits.TYPE_BYTES_MAX) &&
    within(id, 1, limits.ID_BYTES_MAX) &&
    /^[A-Za-z0-9._:-]+$/.test(id) &&
    (source === null || (within(source, 1, limits.SOURCE_BYTES_MAX) && /^[!-~]+$/.test(source))) &&
    time >= 0 &&
    time <= limits.TIME_MS_MAX &&
    Math.abs(value ?? 0) <= limits.VALUE_THOUSANDTHS_MAX &&
    [viewerId, channelId, attributes].every(
      (text) => text === null || within(text, 0, limits.OPTIONAL_BYTES_MAX),
    )
  )
}

function checkAgainstOracle(bytes: Buffer): void {
  const builder = new RecordBuilder()
  builder.addRaw(bytes)
  const columns = new EventColumns()
  assert.equal(scanRecord(SCHEMAS, builder.finish(), columns), null)
  const fault = EVENT_FAULTS[columns.fault[0]!]!
  const decoded = SCHEMAS.decodeEvent(bytes)
  assert.deepEqual(decodedBetweenOthers(bytes), decoded)
  const expected = oracle(bytes)
  if (fault !== 'none') {
    assert.equal(decoded, fault)
    assert.ok(!(expected?.canonical && isWithinLimits(expected.fields)), `${fault}, but Avro reads it`)
    return
  }
  assert.ok(expected !== null, 'Avro does not read it')
  const { time, value, ...fields } = expected.fields
  assert.equal(columns.timeMs[0], time)
  assert.equal(columns.value[0], value ?? Number.NaN)
  assert.equal(columns.bytes.toString('latin1', columns.idStart[0], columns.idEnd[0]), fields.id)
  assert.equal(
    columns.bytes.toString('latin1', columns.sourceStart[0], columns.sourceEnd[0]),
    fields.source ?? '',
  )
  if (decoded === 'invalid_key') return
  assert.deepEqual(decoded, { ...fields, timeMs: time, valueThousandths: value })
}

/** As the middle one of a record whose other events are of other versions. */
function decodedBetweenOthers(bytes: Buffer): Event | string {
  const builder = new RecordBuilder()
  for (const one of [encodeVersion(1, PLAIN), bytes, encodeVersion(3, PLAIN)]) builder.addRaw(one)
  const columns = new EventColumns()
  assert.equal(scanRecord(SCHEMAS, builder.finish(), columns), null)
  return SCHEMAS.decodeScanned(columns, 1)
}

const encoded = fc
  .tuple(fc.constantFrom(1, 2, 3), arbitraryEvent)
  .map(([version, event]) => encodeVersion(version, event))
const edit = fc.record({
  at: fc.nat(),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff)),
})

test('events with bytes changed are read as Avro reads them, or are at fault', () => {
  fc.assert(
    fc.property(encoded, fc.array(edit, { minLength: 1, maxLength: 3 }), (bytes, edits) => {
      for (const { at, byte } of edits) bytes[10 + (at % (bytes.length - 10))] = byte
      checkAgainstOracle(bytes)
    }),
    RUNS,
  )
})

test('events with bytes cut out or put in are read as Avro reads them, or are at fault', () => {
  const splice = fc.record({ at: fc.nat(), cut: fc.nat(12), put: fc.uint8Array({ maxLength: 12 }) })
  fc.assert(
    fc.property(encoded, splice, (bytes, { at, cut, put }) => {
      const from = at % bytes.length
      checkAgainstOracle(Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + cut)]))
    }),
    RUNS,
  )
})

test('a known fingerprint before random bytes harms nobody', () => {
  const headers = fc.constantFrom(...WRITERS.map(({ header }) => header))
  fc.assert(
    fc.property(headers, fc.uint8Array({ maxLength: 200 }), (header, bytes) => {
      checkAgainstOracle(Buffer.concat([header, bytes]))
    }),
    RUNS,
  )
})

/** Splits a record without regard to speed; null if it cannot be split. */
function plainFraming(record: Buffer): Buffer[] | null {
  if (record.length < 6 || record[0] !== 0x54 || record[1] !== 1) return null
  const events: Buffer[] = []
  let at = 6
  while (at + 4 <= record.length) {
    const end = at + 4 + record.readUInt32LE(at)
    if (end > record.length) return null
    events.push(record.subarray(at + 4, end))
    at = end
  }
  return at === record.length && events.length === record.readUInt32LE(2) ? events : null
}

test('records with bytes changed, cut out or put in are split right or not at all', () => {
  const columns = new EventColumns()
  const change = fc.record({ at: fc.nat(), cut: fc.nat(4), put: fc.uint8Array({ maxLength: 4 }) })
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }),
      change,
      (events, { at, cut, put }) => {
        const builder = new RecordBuilder()
        for (const event of events) builder.addRaw(event)
        const whole = builder.finish()
        const from = at % whole.length
        const record = Buffer.concat([whole.subarray(0, from), put, whole.subarray(from + cut)])
        const fault = scanRecord(SCHEMAS, record, columns)
        const expected = plainFraming(record)
        assert.equal(fault === null, expected !== null)
        assert.equal(columns.count, expected?.length ?? 0)
        expected?.forEach((event, i) => {
          assert.deepEqual(record.subarray(columns.bodyStart[i], columns.bodyEnd[i]), event)
        })
      },
    ),
    RUNS,
  )
})

test('random bytes after a record’s first two never throw', () => {
  const columns = new EventColumns()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      bytes[0] = 0x54
      bytes[1] = 1
      scanRecord(SCHEMAS, bytes, columns)
    }),
    RUNS,
  )
})
