import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Event } from '../model/event.ts'
import { arbitraryEvent } from '../testing/arbitrary-event.ts'
import { encodeVersion, heldBy } from '../testing/encode-version.ts'
import { EVENTS_PER_RECORD_MAX } from './limits.ts'
import { RecordBuilder } from './record.ts'
import { decodeKey, EVENT_FAULTS, EventColumns, type RecordFault, scanRecord } from './scan-record.ts'
import { loadSchemas } from './schema-set.ts'

const SCHEMAS = loadSchemas()
const EVENT: Event = {
  tenant: 'acme',
  videoId: 'video',
  type: 'view',
  id: 'e-1',
  timeMs: 1_795_252_184_993,
  valueThousandths: 1_500,
  viewerId: null,
  channelId: 'channel',
  attributes: null,
  source: null,
}

function recordOf(events: readonly Uint8Array[]): Buffer {
  const builder = new RecordBuilder()
  for (const event of events) builder.addRaw(event)
  return builder.finish()
}

function scan(record: Uint8Array, columns = new EventColumns()): EventColumns {
  assert.equal(scanRecord(SCHEMAS, record, columns), null)
  return columns
}

function checkFraming(record: Uint8Array, fault: RecordFault): void {
  const columns = scan(recordOf([encodeVersion(2, EVENT)]))
  assert.equal(scanRecord(SCHEMAS, record, columns), fault)
  assert.equal(columns.count, 0)
}

function checkEvent(event: Partial<Event>, fault: (typeof EVENT_FAULTS)[number]): void {
  const columns = scan(
    recordOf([encodeVersion(1, EVENT), encodeVersion(3, { ...EVENT, ...event }), encodeVersion(2, EVENT)]),
  )
  const faults = Array.from(columns.fault.subarray(0, columns.count), (code) => EVENT_FAULTS[code])
  assert.deepEqual(faults, ['none', fault, 'none'], JSON.stringify(event).slice(0, 100))
}

/** What the columns say of event i. */
function rowOf(columns: EventColumns, i: number): unknown {
  const { bytes, bodyStart, bodyEnd, keyStart, videoEnd, keyEnd, idStart, idEnd, timeMs, value } = columns
  const { sourceStart, sourceEnd } = columns
  return {
    fault: EVENT_FAULTS[columns.fault[i]!],
    key: decodeKey(bytes, keyStart[i]!, keyEnd[i]!),
    type: bytes.subarray(videoEnd[i]! + 1, keyEnd[i]!).toString(),
    id: bytes.subarray(idStart[i], idEnd[i]).toString(),
    source: bytes.subarray(sourceStart[i], sourceEnd[i]).toString(),
    timeMs: timeMs[i],
    value: value[i],
    encoded: bytes.subarray(bodyStart[i], bodyEnd[i]).toString('hex'),
  }
}

test('events of all versions are found with their keys, ids, sources, times and values', () => {
  const columns = new EventColumns()
  const versioned = fc.tuple(fc.constantFrom(1, 2, 3), arbitraryEvent)
  fc.assert(
    fc.property(fc.array(versioned, { maxLength: 20 }), (events) => {
      const encoded = events.map(([version, event]) => encodeVersion(version, event))
      scan(recordOf(encoded), columns)
      assert.equal(columns.count, events.length)
      events.forEach(([version, event], i) => {
        const { tenant, videoId, type, id, source, timeMs, valueThousandths } = heldBy(version, event)
        const value = valueThousandths ?? Number.NaN
        const key = { tenant, videoId, type }
        assert.deepEqual(rowOf(columns, i), {
          fault: 'none',
          key,
          type,
          id,
          source: source ?? '',
          timeMs,
          value,
          encoded: encoded[i]!.toString('hex'),
        })
      })
    }),
  )
})

test('an event at fault has no name and no source, whatever stood in its place before', () => {
  const columns = new EventColumns()
  const sound = encodeVersion(3, { ...EVENT, source: '/a' })
  const faulty = [
    encodeVersion(3, { ...EVENT, source: 'a b' }),
    sound.subarray(0, -1),
    Buffer.concat([sound, Buffer.of(0)]),
    encodeVersion(3, { ...EVENT, id: 'a b' }),
  ]
  for (const event of faulty) {
    scan(recordOf([sound, sound]), columns)
    scan(recordOf([sound, event]), columns)
    const { keyStart, keyEnd, idEnd, sourceStart, sourceEnd } = columns
    for (const column of [keyStart, keyEnd, idEnd, sourceStart, sourceEnd]) assert.equal(column[1], 0)
    assert.ok(columns.fault[1]! > 0 && sourceEnd[0]! > 0)
  }
})

test('a record is read wherever it lies in a larger buffer', () => {
  const record = recordOf([encodeVersion(2, EVENT)])
  const around = new Uint8Array(record.length + 20).fill(0xff)
  around.set(record, 7)
  const columns = scan(around.subarray(7, 7 + record.length))
  assert.equal(columns.bytes.buffer, around.buffer, 'the bytes are viewed, not copied')
  assert.deepEqual(
    SCHEMAS.decodeEvent(columns.bytes.subarray(columns.bodyStart[0], columns.bodyEnd[0])),
    EVENT,
  )
})

test('a record of no events and one of the most events are read', () => {
  assert.equal(scan(recordOf([])).count, 0)
  const encoded = encodeVersion(2, EVENT)
  const columns = scan(recordOf(new Array(EVENTS_PER_RECORD_MAX).fill(encoded)))
  assert.equal(columns.count, EVENTS_PER_RECORD_MAX)
  assert.ok(columns.fault.every((code) => code === 0))
})

test('broken framing faults the whole record', () => {
  const event = encodeVersion(2, EVENT)
  const record = recordOf([event, event])
  const edited = (at: number, ...bytes: number[]) => {
    const copy = Buffer.from(record)
    copy.set(bytes, at)
    return copy
  }
  checkFraming(new Uint8Array(0), 'not_a_record')
  checkFraming(record.subarray(0, 5), 'not_a_record')
  checkFraming(edited(0, 0x55), 'not_a_record')
  checkFraming(edited(1, 2), 'unknown_record_version')
  checkFraming(edited(2, 1, 0, 1, 0), 'too_many_events')
  checkFraming(edited(2, 255, 255, 255, 255), 'too_many_events')
  checkFraming(edited(2, 3), 'bad_framing')
  checkFraming(edited(2, 1), 'bad_framing')
  checkFraming(edited(2, 0, 0, 1, 0), 'bad_framing')
  checkFraming(edited(6, 255, 255, 255, 255), 'bad_framing')
  checkFraming(edited(6, 255, 255, 255, 127), 'bad_framing')
  checkFraming(edited(6, event.length - 1), 'bad_framing')
  checkFraming(Buffer.concat([record, Buffer.alloc(1)]), 'bad_framing')
  for (let end = 6; end < record.length; end++) checkFraming(record.subarray(0, end), 'bad_framing')
})

test('an event beyond a limit is at fault and its neighbours are not', () => {
  checkEvent({ tenant: 'a'.repeat(64) }, 'none')
  checkEvent({ tenant: 'a'.repeat(65) }, 'invalid_tenant')
  checkEvent({ videoId: '' }, 'invalid_video_id')
  checkEvent({ videoId: '💡'.repeat(128) }, 'none')
  checkEvent({ videoId: `${'💡'.repeat(128)}a` }, 'invalid_video_id')
  checkEvent({ type: '' }, 'invalid_type')
  checkEvent({ type: 'a'.repeat(32) }, 'none')
  checkEvent({ type: 'a'.repeat(33) }, 'invalid_type')
  checkEvent({ id: '' }, 'invalid_id')
  checkEvent({ id: 'a'.repeat(64) }, 'none')
  checkEvent({ id: 'a'.repeat(65) }, 'invalid_id')
  for (const id of ['a b', 'é', 'a\n', 'a/b', '\0']) checkEvent({ id }, 'invalid_id')
  checkEvent({ timeMs: 0 }, 'none')
  checkEvent({ timeMs: -1 }, 'invalid_time')
  checkEvent({ timeMs: 8.64e15 }, 'none')
  checkEvent({ timeMs: 8.64e15 + 1 }, 'invalid_time')
  for (const sign of [1, -1]) {
    checkEvent({ valueThousandths: sign * 1e12 }, 'none')
    checkEvent({ valueThousandths: sign * (1e12 + 1) }, 'invalid_value')
  }
  for (const field of ['viewerId', 'channelId', 'attributes']) {
    checkEvent({ [field]: '' }, 'none')
    checkEvent({ [field]: 'a'.repeat(32_768) }, 'none')
    checkEvent({ [field]: 'a'.repeat(32_769) }, 'invalid_optional')
  }
  checkEvent({ source: '!'.repeat(512) }, 'none')
  checkEvent({ source: 'a'.repeat(513) }, 'invalid_source')
  for (const source of ['', 'a b', 'é', 'a\n', '\x7f', '\0']) checkEvent({ source }, 'invalid_source')
})

test('bytes that are no event of the set are at fault', () => {
  const event = encodeVersion(2, EVENT)
  const check = (bytes: Uint8Array, fault: string) => {
    assert.equal(EVENT_FAULTS[scan(recordOf([bytes])).fault[0]!], fault)
    assert.equal(SCHEMAS.decodeEvent(bytes), fault)
  }
  const edited = (at: number, byte: number) => Buffer.from(event).fill(byte, at, at + 1)
  const lastBranch = event.length - 1
  check(Buffer.alloc(0), 'not_single_object')
  check(event.subarray(0, 9), 'not_single_object')
  check(edited(0, 0xc2), 'not_single_object')
  check(edited(1, 0x02), 'not_single_object')
  check(edited(2, 0x00), 'unknown_schema')
  check(edited(9, 0x00), 'unknown_schema')
  check(event.subarray(0, 10), 'invalid_tenant')
  check(event.subarray(0, event.indexOf('acme') + 3), 'invalid_tenant')
  check(event.subarray(0, event.indexOf('video') + 4), 'invalid_video_id')
  check(event.subarray(0, event.indexOf('view') + 3), 'invalid_type')
  check(event.subarray(0, event.indexOf('e-1') + 2), 'invalid_id')
  check(event.subarray(0, event.indexOf('e-1') + 5), 'invalid_time')
  check(event.subarray(0, event.indexOf('channel') + 6), 'invalid_optional')
  check(edited(lastBranch, 4), 'invalid_optional')
  check(edited(lastBranch, 1), 'invalid_optional')
  check(event.subarray(0, lastBranch), 'invalid_optional')
  check(Buffer.concat([event, Buffer.alloc(1)]), 'trailing_bytes')
})

test('an event without a source has none, whatever was there before it', () => {
  const columns = scan(recordOf([encodeVersion(3, { ...EVENT, source: '/a' })]))
  assert.deepEqual([columns.sourceStart[0]! > 0, columns.sourceEnd[0]! - columns.sourceStart[0]!], [true, 2])
  for (const version of [1, 2, 3]) {
    scan(recordOf([encodeVersion(version, EVENT)]), columns)
    assert.deepEqual([columns.sourceStart[0], columns.sourceEnd[0]], [0, 0])
  }
})

test('a length in a longer form than it needs is at fault, so that equal keys have equal bytes', () => {
  const event = encodeVersion(2, EVENT)
  const padded = Buffer.concat([event.subarray(0, 10), Buffer.from([0x88, 0x00]), event.subarray(11)])
  assert.equal(SCHEMAS.decodeEvent(padded), 'invalid_tenant')
})

test('columns left by a larger record do not show in a smaller one', () => {
  const columns = scan(recordOf(new Array(3_000).fill(Buffer.alloc(2))))
  assert.equal(columns.fault[0], EVENT_FAULTS.indexOf('not_single_object'))
  scan(recordOf([encodeVersion(1, EVENT)]), columns)
  assert.equal(columns.count, 1)
  assert.equal(columns.fault[0], 0)
})

test('a key with control characters or no UTF-8 is null', () => {
  const check = (videoId: Buffer, expected: string | null) => {
    const key = Buffer.concat([Buffer.from([0, videoId.length * 2]), videoId, Buffer.from('\x08view')])
    assert.equal(decodeKey(key, 0, key.length)?.videoId ?? null, expected)
  }
  check(Buffer.from('é💡'), 'é💡')
  check(Buffer.from('\ufeffbom'), '\ufeffbom')
  for (const text of ['a\0', '\n', '\x1f', '\x7f', '\x85']) check(Buffer.from(text), null)
  for (const hex of ['ff', 'c3', 'c080', 'eda080', 'f4908080']) check(Buffer.from(hex, 'hex'), null)
})
