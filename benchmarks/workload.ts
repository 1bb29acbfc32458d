// Events as they arrive at one source: videos by Zipf's law, mostly views, each some seconds old, some sent twice;
// and the log records that hold them. Their sums are known in advance.

import { minuteOf } from '../model/bucket.ts'
import type { Event } from '../model/event.ts'
import { NameKey } from '../model/name-key.ts'
import { RecordBuilder } from '../schemas/record.ts'
import type { LogRecord } from '../stores/log/log.ts'
import { eventType, seededRandom, uuid, zipf } from './random.ts'

/** The same in every run. */
export const NAME_KEY = new NameKey(Uint8Array.from({ length: 16 }, (_, i) => 7 * i))

export type Arrival = { readonly event: Event; readonly logTimeMs: number }

export type WorkloadOptions = {
  readonly events: number
  readonly spanMs: number
  readonly startMs?: number
  readonly seed?: number
}

/**
 * The expected result of every counter: by bucketName, the number of events and the sum of their values in
 * thousandths.
 */
export type Truth = {
  readonly buckets: ReadonlyMap<string, { readonly count: number; readonly sum: number }>
  readonly duplicates: number
}

const VIDEOS = 10_000
const COPIES = 0.05
/** A copy comes within this many arrivals of its original. */
const COPY_DISTANCE_MAX = 10_000
const AGE_MS_MAX = 20_000
const START_MS = Date.UTC(2026, 0, 5, 12)
export const EVENTS_PER_RECORD = 200

export function arrivals({ events, spanMs, startMs = START_MS, seed = 1 }: WorkloadOptions): Arrival[] {
  const random = seededRandom(seed)
  const video = zipf(VIDEOS, random)
  const made: Arrival[] = []
  for (let i = 0; i < events; i++) {
    const logTimeMs = startMs + Math.floor((i * spanMs) / events)
    const earlier = made[i - 1 - Math.floor(random() * COPY_DISTANCE_MAX)]
    const isCopy = earlier !== undefined && random() < COPIES
    made.push({ event: isCopy ? earlier.event : newEvent(logTimeMs, video(), random), logTimeMs })
  }
  return made
}

export function recordsOf(arrived: readonly Arrival[], eventsPerRecord = EVENTS_PER_RECORD): LogRecord[] {
  const builder = new RecordBuilder()
  const records: LogRecord[] = []
  for (let from = 0; from < arrived.length; from += eventsPerRecord) {
    const lot = arrived.slice(from, from + eventsPerRecord)
    for (const { event } of lot) builder.add(event)
    records.push({ offset: records.length, logTimeMs: lot.at(-1)!.logTimeMs, bytes: builder.finish() })
    builder.reset()
  }
  return records
}

export function truthOf(arrived: readonly Arrival[]): Truth {
  const seen = new Set<string>()
  const buckets = new Map<string, { count: number; sum: number }>()
  for (const { event } of arrived) {
    if (seen.has(event.id)) continue
    seen.add(event.id)
    const name = bucketName(event.videoId, event.type, minuteOf(event.timeMs))
    const { count, sum } = buckets.get(name) ?? { count: 0, sum: 0 }
    buckets.set(name, { count: count + 1, sum: sum + event.valueThousandths! })
  }
  return { buckets, duplicates: arrived.length - seen.size }
}

export function bucketName(videoId: string, type: string, minute: number): string {
  return `${minute} ${type} ${videoId}`
}

function newEvent(logTimeMs: number, video: number, random: () => number): Event {
  return {
    tenant: '',
    videoId: `video-${video.toString().padStart(5, '0')}`,
    type: eventType(random),
    id: uuid(random),
    timeMs: logTimeMs - Math.floor(random() * AGE_MS_MAX),
    valueThousandths: 1_000 + Math.floor(random() * 600_000),
    viewerId: null,
    channelId: null,
    attributes: null,
    source: null,
  }
}
