// An index of which series have rows of an hour, and which hours have any. Written together with the first row, read
// by the batch layer.

import { mergeSorted } from '../../../lib/merge-sorted.ts'
import { hourOf, MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR, type Series } from '../../../model/bucket.ts'
import { murmur2 } from '../../../model/murmur2.ts'
import { compareSeries } from '../../../model/series-order.ts'
import type { SeriesRange } from '../../../model/series-range.ts'
import { writeTimestampMicros } from '../../../model/total.ts'
import type { WriteDeps } from './count-writes.ts'
import { bitOf } from './known-notes.ts'
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

/**
 * The index entries for these rows that are not known to exist. Those of one partition are one lot, because they are
 * one mutation then: most rows of a long tail bring an entry with them.
 */
export function hourNotes(deps: WriteDeps, partitions: readonly Partition[]): Lot<NoteStatement>[] {
  const { knownNotes, store, nowMs, retentionMs } = deps
  const lots = new Map<string, { place: string; statements: NoteStatement[] }>()
  const add = (
    query: string,
    of: Pick<NoteStatement, 'key' | 'note'>,
    partition: Buffer[],
    rest: Buffer[],
  ) => {
    const lotKey = partition.map((value) => value.toString('latin1')).join()
    const statement = { query, params: [...partition, ...rest], ...of }
    const lot = lots.get(lotKey)
    if (lot === undefined) lots.set(lotKey, { place: store.placeOf(partition), statements: [statement] })
    else lot.statements.push(statement)
  }
  /** By day, a bit for each hour that is known or noted here. */
  const hours = new Map<number, number>()
  for (const { key, day, rows } of partitions) {
    const keyOfHours = `hours of ${day}`
    let ofDay = hours.get(day) ?? knownNotes.of(keyOfHours)
    let ofSeries = knownNotes.of(key)
    for (const { row } of rows) {
      const hour = hourOf(row.bucket.minute)
      const note = (hour - day * MINUTES_PER_DAY) / MINUTES_PER_HOUR
      const bit = bitOf(note)
      if ((ofDay & ofSeries & bit) !== 0) continue
      const stamp = bigintValue(writeTimestampMicros(hour, 0)) // a fact that never changes
      const rest = [stamp, intValue(ttlSeconds(hour + MINUTES_PER_HOUR, nowMs(), retentionMs))]
      const start = timestampValue(hour)
      if ((ofDay & bit) === 0) {
        const month = dateValue(monthOf(hour * MINUTE_MS))
        add(INSERT_COUNTED_HOUR, { key: keyOfHours, note }, [month], [start, ...rest])
      }
      if ((ofSeries & bit) === 0) {
        const partition = [start, shardValue(shardOf(row.bucket))]
        add(INSERT_HOUR_SERIES, { key, note }, partition, [...namesOf(row.bucket), ...rest])
      }
      ofDay |= bit
      ofSeries |= bit
    }
    hours.set(day, ofDay)
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
