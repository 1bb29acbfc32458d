// The expected sum of both layers, computed independently: reads every record of all lanes that hold events, one
// event at a time. An event counts once, in whichever lane it came. It shares no code with the batch layer except the
// schema set's slow reader.

import type { Event } from '../model/event.ts'
import { type Aggregate, add, EMPTY } from '../model/total.ts'
import type { SchemaSet } from '../schemas/schema-set.ts'
import { eventName, splitRecord } from './reference.ts'
import type { SimulatedLog } from './simulated-log.ts'

/** By bucket, as `tenant|video|type|minute`. */
export function rawTruth(log: SimulatedLog, schemas: SchemaSet, aheadMs: number): Map<string, Aggregate> {
  const events = new Map<string, Event>()
  for (const lane of ['events', 'events-overflow', 'events-late'] as const) {
    for (const source of log.sources(lane)) {
      let logTimeMs = -Infinity
      for (const record of log.records(source)) {
        logTimeMs = Math.max(logTimeMs, record.logTimeMs)
        for (const body of splitRecord(record.bytes) ?? []) {
          const event = schemas.decodeEvent(body)
          if (typeof event === 'string') continue
          if (lane !== 'events-late' && event.timeMs > logTimeMs + aheadMs) continue
          const name = eventName(event)
          if (!events.has(name)) events.set(name, event)
        }
      }
    }
  }
  const truth = new Map<string, Aggregate>()
  for (const { tenant, videoId, type, timeMs, valueThousandths: value } of events.values()) {
    const bucket = [tenant, videoId, type, Math.floor(timeMs / 60_000)].join('|')
    const one = { count: 1, values: value === null ? 0 : 1, sum: BigInt(value ?? 0), min: value, max: value }
    truth.set(bucket, add(truth.get(bucket) ?? EMPTY, one))
  }
  return truth
}
