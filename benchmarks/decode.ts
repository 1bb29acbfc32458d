// How many events a second one core processes from the bytes of the log to its totals; and the cost of encoding one.
import assert from 'node:assert/strict'
import type { Event } from '../model/event.ts'
import { LENGTH_BYTES, RECORD_HEADER_BYTES, SINGLE_OBJECT_HEADER_BYTES } from '../schemas/framing.ts'
import { RecordBuilder } from '../schemas/record.ts'
import { loadSchemas } from '../schemas/schema-set.ts'
import { Decoder } from '../services/processing/core/decode-record.ts'
import { WRITERS } from '../testing/encode-version.ts'
import { CoreCounts } from './core-counts.ts'
import { StringMaps } from './naive-counts.ts'
import { figure } from './notes.ts'
import { race } from './race.ts'
import { print, speeds } from './report.ts'
import { scaleOf } from './scale.ts'
import { arrivals, EVENTS_PER_RECORD, NAME_KEY, recordsOf, type Truth, truthOf } from './workload.ts'

const SPAN_MS = 300_000
const RECORDS_PER_SEAL = 100

type AvroEvent = Omit<Event, 'timeMs' | 'valueThousandths'> & {
  readonly time: number
  readonly value: number
}

const { quick, rounds } = scaleOf(process.argv)
const arrived = arrivals({ events: quick ? 100_000 : 1_000_000, spanMs: SPAN_MS })
const truth = truthOf(arrived)
const records = recordsOf(arrived)
const lines = records.map((_, i) => Buffer.from(ndjsonOf(i * EVENTS_PER_RECORD)))
const decoder = new Decoder(loadSchemas(), NAME_KEY)
const headerAt = RECORD_HEADER_BYTES + LENGTH_BYTES
const header = (records[0]!.bytes as Buffer).subarray(headerAt, headerAt + SINGLE_OBJECT_HEADER_BYTES)
/** The version that plain events are written in. */
const avro = WRITERS.find((writer) => writer.header.equals(header))!.type

function core(checked: boolean): CoreCounts {
  const counts = new CoreCounts({ keepRows: checked })
  for (let from = 0; from < records.length; from += RECORDS_PER_SEAL) {
    for (const lot of decoder.decode(records.slice(from, from + RECORDS_PER_SEAL))) counts.count(lot)
    counts.seal()
  }
  return counts
}

function avroObjects(): StringMaps {
  const counts = new StringMaps()
  for (const [offset, { bytes }] of records.entries()) {
    const buffer = bytes as Buffer
    for (let at = RECORD_HEADER_BYTES; at < buffer.length; ) {
      const bodyAt = at + LENGTH_BYTES + SINGLE_OBJECT_HEADER_BYTES
      const { time, value, ...event } = avro.decode(buffer, bodyAt).value as AvroEvent
      counts.count({ ...event, timeMs: time, valueThousandths: value }, offset)
      at += LENGTH_BYTES + buffer.readUInt32LE(at)
    }
    if ((offset + 1) % RECORDS_PER_SEAL === 0) counts.seal()
  }
  return counts
}

function jsonLines(): StringMaps {
  const counts = new StringMaps()
  for (const [offset, text] of lines.entries()) {
    for (const line of text.toString().split('\n')) counts.count(JSON.parse(line) as Event, offset)
    if ((offset + 1) % RECORDS_PER_SEAL === 0) counts.seal()
  }
  return counts
}

function ndjsonOf(from: number): string {
  const lot = arrived.slice(from, from + EVENTS_PER_RECORD)
  return lot.map(({ event }) => JSON.stringify(event)).join('\n')
}

const counting = race<{ answer(): Truth }>(
  [
    { name: 'decode + step', run: core },
    { name: 'avsc, Sets and Maps of strings', run: avroObjects },
    { name: 'JSON.parse, Sets and Maps of strings', run: jsonLines },
  ],
  { rounds, check: (counts, name) => assert.deepEqual(counts.answer(), truth, name) },
)
print('decode: one core, from the bytes of the log to totals', speeds(counting, arrived.length))
figure('decode.rate', 'events/s', [arrived.length / counting[0]!.seconds])

/** Each form returns how many bytes it has made. */
const encoding = race<number>(
  [
    {
      name: 'RecordBuilder',
      run: () => {
        const builder = new RecordBuilder()
        let bytes = 0
        for (const [i, { event }] of arrived.entries()) {
          builder.add(event)
          if ((i + 1) % EVENTS_PER_RECORD > 0) continue
          bytes += builder.finish().length
          builder.reset()
        }
        return bytes
      },
    },
    {
      name: 'avsc toBuffer',
      run: () => {
        let bytes = 0
        for (const { event } of arrived) {
          const { timeMs, valueThousandths, ...same } = event
          bytes += avro.toBuffer({ ...same, time: timeMs, value: valueThousandths }).length
        }
        return bytes
      },
    },
    {
      name: 'JSON.stringify, to bytes',
      run: () => arrived.reduce((bytes, { event }) => bytes + Buffer.from(JSON.stringify(event)).length, 0),
    },
  ],
  { rounds, check: (bytes, name) => assert.ok(bytes > arrived.length * 60, name) },
)
print('decode: encoding an event', speeds(encoding, arrived.length))
