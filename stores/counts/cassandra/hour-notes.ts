// An index of which series have rows of an hour, and which hours have any. Written together with the first row, read
// by the batch layer.

import { mergeSorted } from '../../../lib/merge-sorted.ts'
import { hourOf, MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR, type Series } from '../../../model/bucket.ts'
import { murmur2 } from '../../../model/murmur2.ts'
import { compareSeries } from '../../../model/series-order.ts'
import { writeTimestampMicros } from '../../../model/total.ts'
import type { WriteDeps } from './count-writes.ts'
import { monthOf } from './periods.ts'
import { type Lot, type NoteStatement, namesOf, type Partition, ttlSeconds } from './row-batches.ts'
import {
  INSERT_COUNTED_HOUR,
  INSERT_HOUR_SERIES,
  SELECT_COUNTED_HOURS,
  SELECT_HOUR_SERIES,
} from './statements.ts'
import type { Store } from './store.ts'
import { bigintValue, dateValue, intValue, timestampValue } from './values.ts'

const SHARDS = 16
const MONTHS_READ_MAX = 1_200
const DAYS_BEYOND_MONTH = 31

/** By partition. */
type Lots = Map<string, { readonly place: string; readonly statements: NoteStatement[] }>
type SeriesRow = { readonly tenant: string; readonly video_id: string; readonly event_type: string }
type HourRow = { readonly hour: Date }

/** The index entries for these rows that are not known to exist, those of one partition together. */
export function hourNotes(deps: WriteDeps, partitions: readonly Partition[]): Lot<NoteStatement>[] {
  const lots: Lots = new Map()
  const hours = new Set<number>()
  for (const { key: dayKey, rows } of partitions) {
    const hoursOfSeries = new Set<number>()
    for (const { row } of rows) {
      const hour = hourOf(row.bucket.minute)
      if (hoursOfSeries.has(hour)) continue
      hoursOfSeries.add(hour)
      noteSeries(deps, hour, `${hour}\0${dayKey}`, row.bucket, lots)
      if (hours.has(hour)) continue
      hours.add(hour)
      noteHour(deps, hour, lots)
    }
  }
  return Array.from(lots.values())
}

function noteHour({ knownDays, store, ...deps }: WriteDeps, hour: number, lots: Lots): void {
  const key = `${hour}`
  if (knownDays.has(key)) return
  const month = dateValue(monthOf(hour * MINUTE_MS))
  const params = [month, timestampValue(hour), ...stampAndTtl(deps, hour)]
  const statements = [{ query: INSERT_COUNTED_HOUR, params, key }]
  lots.set(key, { place: store.placeOf([month]), statements })
}

function noteSeries(
  { knownDays, store, ...deps }: WriteDeps,
  hour: number,
  key: string,
  series: Series,
  lots: Lots,
): void {
  if (knownDays.has(key)) return
  const shard = shardOf(series)
  const partition = [timestampValue(hour), shardValue(shard)]
  const params = [...partition, ...namesOf(series), ...stampAndTtl(deps, hour)]
  lots
    .getOrInsertComputed(`${hour} ${shard}`, () => ({ place: store.placeOf(partition), statements: [] }))
    .statements.push({ query: INSERT_HOUR_SERIES, params, key })
}

/** The stamp is a fact that never changes. */
function stampAndTtl(
  { nowMs, retentionMs }: Pick<WriteDeps, 'nowMs' | 'retentionMs'>,
  hour: number,
): Buffer[] {
  const ttl = ttlSeconds(hour + MINUTES_PER_HOUR, nowMs(), retentionMs)
  return [bigintValue(writeTimestampMicros(hour, 0)), intValue(ttl)]
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
export function readSeries(store: Store, hour: number): AsyncGenerator<readonly Series[]> {
  const shards = Array.from({ length: SHARDS }, (_, shard) => readShard(store, hour, shard))
  return mergeSorted(shards, compareSeries)
}

async function* readShard(store: Store, hour: number, shard: number): AsyncGenerator<readonly Series[]> {
  const params = [timestampValue(hour), shardValue(shard)]
  for await (const rows of store.readPages<SeriesRow>(SELECT_HOUR_SERIES, params)) {
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
