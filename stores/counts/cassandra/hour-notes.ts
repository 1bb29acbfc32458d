// An index of which series have rows of an hour, and which hours have any. Written together with the first row, read
// by the batch layer.

import { mergeSorted } from '../../../lib/merge-sorted.ts'
import { hourOf, MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR, type Series } from '../../../model/bucket.ts'
import { murmur2 } from '../../../model/murmur2.ts'
import { compareSeries } from '../../../model/series-order.ts'
import type { SeriesRange } from '../../../model/series-range.ts'
import { writeTimestampMicros } from '../../../model/total.ts'
import type { WriteDeps } from './count-writes.ts'
import { monthOf } from './periods.ts'
import { type Lot, type NoteStatement, namesOf, type Partition, ttlSeconds } from './row-batches.ts'
import {
  INSERT_COUNTED_HOUR,
  INSERT_HOUR_SERIES,
  SELECT_COUNTED_HOURS,
  SELECT_HOUR_SERIES,
  SELECT_HOUR_SERIES_TO,
} from './statements.ts'
import type { Store } from './store.ts'
import { bigintValue, dateValue, intValue, timestampValue } from './values.ts'

const SHARDS = 16
const MONTHS_READ_MAX = 1_200
const DAYS_BEYOND_MONTH = 31

type SeriesRow = { readonly tenant: string; readonly video_id: string; readonly event_type: string }
type HourRow = { readonly hour: Date }

/** The index entries for these rows that are not known to exist. */
export function hourNotes(deps: WriteDeps, partitions: readonly Partition[]): Lot<NoteStatement>[] {
  const { knownDays, store, nowMs, retentionMs } = deps
  const lots = new Map<string, Lot<NoteStatement>>()
  for (const { key: dayKey, rows } of partitions) {
    for (const { row } of rows) {
      const hour = hourOf(row.bucket.minute)
      const ttl = intValue(ttlSeconds(hour + MINUTES_PER_HOUR, nowMs(), retentionMs))
      const stamp = bigintValue(writeTimestampMicros(hour, 0)) // a fact that never changes
      const ofHour = `${hour}`
      const ofSeries = `${hour}\0${dayKey}`
      if (!knownDays.has(ofHour) && !lots.has(ofHour)) {
        const month = dateValue(monthOf(hour * MINUTE_MS))
        const params = [month, timestampValue(hour), stamp, ttl]
        lots.set(ofHour, {
          place: store.placeOf([month]),
          statements: [{ query: INSERT_COUNTED_HOUR, params, key: ofHour }],
        })
      }
      if (!knownDays.has(ofSeries) && !lots.has(ofSeries)) {
        const partition = [timestampValue(hour), shardValue(shardOf(row.bucket))]
        const params = [...partition, ...namesOf(row.bucket), stamp, ttl]
        const statements = [{ query: INSERT_HOUR_SERIES, params, key: ofSeries }]
        lots.set(ofSeries, { place: store.placeOf(partition), statements })
      }
    }
  }
  return Array.from(lots.values())
}

/** In order of time. */
export async function readHours(store: Store, from: number, to: number): Promise<number[]> {
  const hours: number[] = []
  let month = monthOf(from * MINUTE_MS)
  for (let read = 0; read < MONTHS_READ_MAX && month * MINUTES_PER_DAY < to; read++) {
    const params = [dateValue(month), timestampValue(from), timestampValue(to)]
    for (const { hour } of await store.read<HourRow>(SELECT_COUNTED_HOURS, params)) {
      hours.push(hour.getTime() / MINUTE_MS)
    }
    month = nextMonth(month)
  }
  return hours
}

/** In the order of compareSeries, which is the table's within a shard. */
export function readSeries(
  store: Store,
  hour: number,
  range: SeriesRange,
): AsyncGenerator<readonly Series[]> {
  const shards = Array.from({ length: SHARDS }, (_, shard) => readShard(store, hour, shard, range))
  return mergeSorted(shards, compareSeries)
}

async function* readShard(
  store: Store,
  hour: number,
  shard: number,
  { from, to }: SeriesRange,
): AsyncGenerator<readonly Series[]> {
  const params = [timestampValue(hour), shardValue(shard), from?.tenant ?? '', from?.videoId ?? '']
  const pages =
    to === null
      ? store.readPages<SeriesRow>(SELECT_HOUR_SERIES, params)
      : store.readPages<SeriesRow>(SELECT_HOUR_SERIES_TO, [...params, to.tenant, to.videoId])
  for await (const rows of pages) {
    yield rows.map(({ tenant, video_id: videoId, event_type: type }) => ({ tenant, videoId, type }))
  }
}

function shardOf({ tenant, videoId }: Series): number {
  return (murmur2(Buffer.from(`${tenant}\0${videoId}`)) >>> 0) % SHARDS
}

function shardValue(shard: number): Buffer {
  const bytes = Buffer.allocUnsafe(2)
  bytes.writeInt16BE(shard)
  return bytes
}

function nextMonth(month: number): number {
  return monthOf((month + DAYS_BEYOND_MONTH) * MINUTES_PER_DAY * MINUTE_MS)
}
