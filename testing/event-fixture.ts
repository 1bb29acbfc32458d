// Short texts for events, and log records that hold them, for tests of processing.
//
//   cats:id1@12:00:05=2.5       a view of the video cats with the value 2.5
//   cats/like:id1@12:00:05      another type
//   !                           an unreadable event; a record of `?` alone is not a valid record

import { NameKey } from '../model/name-key.ts'
import { RecordBuilder } from '../schemas/record.ts'
import { loadSchemas } from '../schemas/schema-set.ts'
import { type DecodedRecord, Decoder } from '../services/processing/core/decode-record.ts'
import type { CoreSettings } from '../services/processing/core/source-state.ts'
import type { LogRecord } from '../stores/log/log.ts'

const DAY_MS = Date.UTC(2026, 10, 21)
const EVENT = /^([^/:]+)(?:\/([^:]+))?:([^@]+)@(\d\d:\d\d:\d\d)(?:=(.+))?$/

export const schemas = loadSchemas()

export const NAME_KEY = new NameKey(Uint8Array.from({ length: 16 }, (_, i) => i))

export const SETTINGS: CoreSettings = {
  horizonMs: 600_000,
  aheadMs: 60_000,
  flushRowsMax: 1_000,
  writersMax: 8,
  queueRowsMax: 1_000,
  totalsRowsMax: 1_000,
  hints: false,
}

/** `HH:MM:SS` of the one day on which all tests take place. */
export function timeOf(text: string): number {
  const [hours, minutes, seconds] = text.split(':').map(Number)
  return DAY_MS + ((hours! * 60 + minutes!) * 60 + seconds!) * 1_000
}

export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 19)
}

export function bytesOf(events: readonly string[]): Uint8Array {
  if (events[0] === '?') return Uint8Array.of(1, 2, 3)
  const builder = new RecordBuilder()
  for (const event of events) addTo(builder, event)
  return builder.finish()
}

export function recordOf(offset: number, logTime: string, ...events: readonly string[]): LogRecord {
  return { offset, logTimeMs: timeOf(logTime), bytes: bytesOf(events) }
}

/** Decodes into new objects, which are not reused. */
export function decoded(records: readonly LogRecord[]): DecodedRecord[] {
  return records.flatMap((record) => Array.from(new Decoder(schemas, NAME_KEY).decode([record])).flat())
}

function addTo(builder: RecordBuilder, text: string): void {
  if (text === '!') {
    builder.addRaw(Uint8Array.of(9, 9, 9))
    return
  }
  const match = EVENT.exec(text)
  if (match === null) throw new Error(`not an event: ${text}`)
  const [, videoId, type = 'view', id, time, value] = match
  builder.add({
    tenant: '',
    videoId: videoId!,
    type,
    id: id!,
    timeMs: timeOf(time!),
    valueThousandths: value === undefined ? null : Math.round(Number(value) * 1000),
    viewerId: null,
    channelId: null,
    attributes: null,
    source: null,
  })
}
