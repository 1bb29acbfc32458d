// The events of a case and their correct counts, and the records that hold them: one event in twenty is a copy.
import { minuteOf } from '../../model/bucket.ts'
import type { Layout } from '../../model/layout.ts'
import { route } from '../../model/route.ts'
import { RecordBuilder } from '../../schemas/record.ts'
import type { LogRecord } from '../../stores/log/log.ts'
import { eventStream, SPAN_MS } from '../cluster/event-stream.ts'
import { zipf } from '../random.ts'
import type { Spread } from './tail-options.ts'

export type Case = {
  readonly events: number
  readonly videos: number
  readonly spread: Spread
  readonly seed: number
}

export type Prepared = {
  /** By partition. Log time is event time, and the last event is from about now. */
  readonly records: readonly (readonly LogRecord[])[]
  readonly distinct: number
  /** How many buckets hold them. */
  readonly buckets: number
  /** The correct counts of some series: `video|type` by minute. */
  readonly samples: ReadonlyMap<string, ReadonlyMap<number, number>>
}

const PARTITIONS = 16
const EVENTS_PER_RECORD = 200
const SAMPLES = 500

export function prepare(asked: Case, endMs: number): Prepared {
  const layout: Layout = {
    version: 1,
    fromMinute: 0,
    partitions: PARTITIONS,
    splits: new Map(),
    dedicated: new Map(),
  }
  const lots = Array.from({ length: PARTITIONS }, () => new RecordBuilder())
  const records: LogRecord[][] = lots.map(() => [])
  const counts = new Map<string, number>()
  let distinct = 0
  let logTimeMs = 0
  const finish = (partition: number) => {
    const held = records[partition]!
    held.push({ offset: held.length, logTimeMs, bytes: Uint8Array.from(lots[partition]!.finish()) })
    lots[partition]!.reset()
  }
  const { events, seed } = asked
  const videos = (random: () => number) => videosOf(asked, random)
  for (const { event, isCopy } of eventStream({ events, seed, startMs: endMs - SPAN_MS, videos })) {
    const partition = route([layout], event)
    const lot = lots[partition]!
    lot.add(event)
    logTimeMs = Math.max(logTimeMs, event.timeMs)
    if (!isCopy) {
      distinct++
      const bucket = `${event.videoId}|${event.type}|${minuteOf(event.timeMs)}`
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
    }
    if (lot.count === EVENTS_PER_RECORD) finish(partition)
  }
  for (const [partition, lot] of lots.entries()) if (lot.count > 0) finish(partition)
  return { records, distinct, buckets: counts.size, samples: samplesOf(counts) }
}

function videosOf({ videos, spread }: Case, random: () => number): () => number {
  return spread === 'zipf' ? zipf(videos, random) : () => Math.floor(random() * videos)
}

/** The first series that were counted, which hold the most counted ones where videos differ. */
function samplesOf(counts: ReadonlyMap<string, number>): Map<string, Map<number, number>> {
  const samples = new Map<string, Map<number, number>>()
  for (const [bucket, count] of counts) {
    const at = bucket.lastIndexOf('|')
    const series = bucket.slice(0, at)
    if (!samples.has(series)) {
      if (samples.size === SAMPLES) continue
      samples.set(series, new Map())
    }
    samples.get(series)!.set(Number(bucket.slice(at + 1)), count)
  }
  return samples
}
