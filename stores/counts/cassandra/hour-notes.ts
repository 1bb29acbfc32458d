// An index of which series have rows of an hour, and which hours have any. Written together with the first row, read
// by the batch layer. Where an hour is a partition of its own, its rows say which series they are of.

import { mergeSorted } from '../../../lib/merge-sorted.ts'
import { Slots } from '../../../lib/slots.ts'
import { MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR, type Series } from '../../../model/bucket.ts'
import { compareSeries } from '../../../model/series-order.ts'
import type { SeriesRange } from '../../../model/series-range.ts'
import { writeTimestampMicros } from '../../../model/total.ts'
import { type CountForm, shardsOf } from './count-forms.ts'
import type { WriteDeps } from './count-writes.ts'
import { bitOf } from './known-notes.ts'
import type { Lots, NoteStatement, WriteParts } from './partition-rows.ts'
import { monthOf } from './periods.ts'
import { ttlSeconds } from './row-batches.ts'
import { SELECT_SHARED_SERIES, SELECT_SHARED_SERIES_TO } from './shared-statements.ts'
import {
  INSERT_COUNTED_HOUR,
  INSERT_HOUR_SERIES,
  SELECT_COUNTED_HOURS,
  SELECT_HOUR_SERIES,
  SELECT_HOUR_SERIES_TO,
} from './statements.ts'
import type { Store } from './store.ts'
import { bigintValue, dateValue, intValue, timestampValue } from './values.ts'

/** Of the index. */
const SHARDS = 16
const HOURS = Array.from({ length: MINUTES_PER_DAY / MINUTES_PER_HOUR }, (_, hour) => hour)
/** Pages that are read at once. */
const PAGES_AT_ONCE_MAX = 16
/** Series that all shards together hold in memory. */
const SERIES_HELD_MAX = 80_000
/** Each may stand for many rows, which the server reads before it answers. */
const SHARED_SERIES_A_PAGE_MAX = 1_000
const MONTHS_READ_MAX = 1_200
const DAYS_BEYOND_MONTH = 31

type SeriesRow = { readonly tenant: string; readonly video_id: string; readonly event_type: string }
type HourRow = { readonly hour: Date }

/**
 * Adds the index entries for the rows of a write that are not known to exist. Those of one partition are one lot,
 * because they are one mutation then: most rows of a long tail bring an entry with them.
 */
export function addHourNotes(
  lots: Lots<NoteStatement>,
  { knownNotes, nowMs, retentionMs }: Pick<WriteDeps, 'knownNotes' | 'nowMs' | 'retentionMs'>,
  { write, days }: Pick<WriteParts, 'write' | 'days'>,
): void {
  const now = nowMs()
  const restOf = (hour: number) => [
    bigintValue(writeTimestampMicros(hour, 0)), // a fact that never changes
    intValue(ttlSeconds(hour + MINUTES_PER_HOUR, now, retentionMs)),
  ]
  const hours = new Map<number, number>()
  for (const one of days) {
    hours.set(one.day, (hours.get(one.day) ?? 0) | one.hours)
    if (one.hoursOfOwn === 0) continue // the rows of the others can be listed themselves
    const key = one.key
    for (const note of notesIn(one.hoursOfOwn & ~knownNotes.of(key))) {
      const hour = hourAt(one.day, note)
      const shard = one.shardOf(SHARDS)
      const lot = lots.of(`series of ${hour} ${shard}`, () => [timestampValue(hour), shardValue(shard)])
      const params = [...lot.keyParams, one.tenant, one.video, one.type, ...restOf(hour)]
      lot.statements.push({ query: INSERT_HOUR_SERIES, params, key, note, write })
    }
  }
  for (const [day, ofDay] of hours) {
    const key = `hours of ${day}`
    for (const note of notesIn(ofDay & ~knownNotes.of(key))) {
      const hour = hourAt(day, note)
      const month = monthOf(hour * MINUTE_MS)
      const lot = lots.of(`hours ${month}`, () => [dateValue(month)])
      const params = [...lot.keyParams, timestampValue(hour), ...restOf(hour)]
      lot.statements.push({ query: INSERT_COUNTED_HOUR, params, key, note, write })
    }
  }
}

/** Of the bits of a day. */
function notesIn(bits: number): number[] {
  return HOURS.filter((note) => (bits & bitOf(note)) !== 0)
}

function hourAt(day: number, note: number): number {
  return day * MINUTES_PER_DAY + note * MINUTES_PER_HOUR
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

/** In the order of compareSeries, which is that of both tables within a shard. */
export function readSeries(
  store: Store,
  hour: number,
  range: SeriesRange,
  forms: readonly CountForm[],
): AsyncGenerator<readonly Series[]> {
  const shards = shardsOf(forms, hour)
  const slots = new Slots(PAGES_AT_ONCE_MAX)
  const listed =
    shards === null
      ? Array.from({ length: SHARDS }, (_, shard) => readListed(store, hour, shardValue(shard), range))
      : Array.from({ length: shards }, (_, shard) => readHeld(store, hour, intValue(shard), range, shards))
  return mergeSorted(
    listed.map((pages) => seriesIn(pages, slots)),
    compareSeries,
  )
}

type Pages = AsyncGenerator<readonly SeriesRow[]>

/** As the index says. */
function readListed(store: Store, hour: number, shard: Buffer, range: SeriesRange): Pages {
  const { query, params } = rangeOf(SELECT_HOUR_SERIES, SELECT_HOUR_SERIES_TO, range)
  return store.readPages<SeriesRow>(query, [timestampValue(hour), shard, ...params])
}

/** As the rows say. */
function readHeld(store: Store, hour: number, shard: Buffer, range: SeriesRange, shards: number): Pages {
  const { query, params } = rangeOf(SELECT_SHARED_SERIES, SELECT_SHARED_SERIES_TO, range)
  const pageRows = Math.min(SHARED_SERIES_A_PAGE_MAX, Math.ceil(SERIES_HELD_MAX / shards))
  return store.readPages<SeriesRow>(query, [timestampValue(hour), shard, ...params], pageRows)
}

function rangeOf(toTheEnd: string, upTo: string, { from, to }: SeriesRange) {
  const first = [from?.tenant ?? '', from?.videoId ?? '']
  if (to === null) return { query: toTheEnd, params: first }
  return { query: upTo, params: [...first, to.tenant, to.videoId] }
}

async function* seriesIn(pages: Pages, slots: Slots): AsyncGenerator<readonly Series[]> {
  for (;;) {
    const { value: rows, done } = await slots.use(() => pages.next())
    if (done) return
    yield rows.map(({ tenant, video_id: videoId, event_type: type }) => ({ tenant, videoId, type }))
  }
}

function shardValue(shard: number): Buffer {
  const bytes = Buffer.allocUnsafe(2)
  bytes.writeInt16BE(shard)
  return bytes
}

function nextMonth(month: number): number {
  return monthOf((month + DAYS_BEYOND_MONTH) * MINUTES_PER_DAY * MINUTE_MS)
}
