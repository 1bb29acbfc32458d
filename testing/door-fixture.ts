// For tests: a front door on a log in memory, with a clock that stands still, and access to what it has stored.

import type { Clock } from '../lib/clock.ts'
import { type Keys, NO_KEYS } from '../lib/http/keys/key-ring.ts'
import { buildServer } from '../lib/http/server.ts'
import type { Event } from '../model/event.ts'
import type { Layout } from '../model/layout.ts'
import { EventColumns, scanRecord } from '../schemas/scan-record.ts'
import { loadSchemas } from '../schemas/schema-set.ts'
import { registerEvents } from '../services/partitioner/events-route.ts'
import type { HotVideos } from '../services/partitioner/hot-videos/hot-videos.ts'
import { EVENT_LIMITS, type EventLimits } from '../services/partitioner/limits.ts'
import { NO_SHEDDING, type Shedding } from '../services/partitioner/load-shedding.ts'
import { type EventMetrics, NO_METRICS } from '../services/partitioner/partitioner-metrics.ts'
import type { Packing } from '../services/partitioner/threads/packing.ts'
import type { ViewerRules } from '../services/partitioner/viewer.ts'
import type { Layouts } from '../stores/layouts/layouts.ts'
import { EVENT_LANES, type Lane, type Log } from '../stores/log/log.ts'
import { LocalRateLimit, type SenderLimits } from '../stores/rate-limit/rate-limit.ts'
import { fixedLayouts } from './fixed-layouts.ts'
import { MemoryLog } from './memory-log.ts'

export const NOW_MS = Date.parse('2026-11-21T09:00:00Z')
const PARTITIONS = 4

export const LAYOUTS: readonly Layout[] = [
  { version: 1, fromMinute: 0, partitions: PARTITIONS, splits: new Map(), dedicated: new Map() },
]

const STILL: Clock = { nowMs: () => NOW_MS, sleep: async () => {} }
const SCHEMAS = loadSchemas()

export type DoorOptions = {
  readonly keys?: Keys
  readonly limits?: Partial<EventLimits>
  readonly sourcesFromMs?: number
  readonly metrics?: EventMetrics
  readonly clock?: Clock
  readonly layouts?: Layouts
  readonly shedding?: Shedding
  readonly senderLimits?: SenderLimits
  readonly unrouted?: Pick<Log, 'append'>
  readonly packing?: Packing
  readonly hotVideos?: Pick<HotVideos, 'note'>
  readonly viewers?: ViewerRules
  /** Wraps the log for the front door. */
  readonly append?: (next: Log['append']) => Log['append']
}

export type StoredEvent = { readonly lane: Lane; readonly partition: number; readonly event: Event }

export function openDoor(options: DoorOptions = {}) {
  const { keys = NO_KEYS, metrics = NO_METRICS, clock = STILL } = options
  const log = new MemoryLog({ clock, partitions: PARTITIONS })
  const next: Log['append'] = (lane, partition, bytes) => log.append(lane, partition, bytes)
  const app = buildServer()
  const limits = { ...EVENT_LIMITS, ...options.limits }
  registerEvents(app, {
    log: { append: options.append?.(next) ?? next },
    layouts: options.layouts ?? fixedLayouts(LAYOUTS),
    ...(options.unrouted !== undefined && { unrouted: options.unrouted }),
    ...(options.packing !== undefined && { packing: options.packing }),
    ...(options.hotVideos !== undefined && { hotVideos: options.hotVideos }),
    ...(options.viewers !== undefined && { viewers: options.viewers }),
    clock,
    keys,
    limits,
    rateLimit: new LocalRateLimit(limits.eventsPerSecondMax, clock),
    ...(options.senderLimits !== undefined && { senderLimits: options.senderLimits }),
    sourcesFromMs: options.sourcesFromMs ?? 0,
    metrics,
    shedding: options.shedding ?? NO_SHEDDING,
  })
  const post = async (body: string | Buffer | object, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/v1/events',
      headers: { 'content-type': 'application/json', ...headers },
      payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    })
  return { app, log, post, stored: () => storedEvents(log) }
}

/** Everything in the lanes of events, sorted by lane, partition and offset. */
async function storedEvents(log: Log): Promise<StoredEvent[]> {
  const stored: StoredEvent[] = []
  for (const lane of EVENT_LANES) {
    for (const source of await log.sources(lane)) {
      const { records } = await log.read(source, 0, { bytesMax: Number.POSITIVE_INFINITY, waitMs: 0 })
      for (const { bytes } of records) {
        for (const event of eventsOf(bytes)) stored.push({ lane, partition: source.partition, event })
      }
    }
  }
  return stored
}

export function eventsOf(record: Uint8Array): Event[] {
  const columns = new EventColumns()
  const fault = scanRecord(SCHEMAS, record, columns)
  if (fault !== null) throw new Error(fault)
  return Array.from({ length: columns.count }, (_, at) => {
    const event = SCHEMAS.decodeEvent(columns.bytes.subarray(columns.bodyStart[at], columns.bodyEnd[at]))
    if (typeof event === 'string') throw new Error(event)
    return event
  })
}

/** A valid event on time, with the given fields replaced. */
export function anEvent(fields: object = {}): object {
  return { id: 'e-1', videoId: 'v1', type: 'view', time: NOW_MS, ...fields }
}
