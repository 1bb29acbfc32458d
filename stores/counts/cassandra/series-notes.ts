// An index of which series have counts, and since when: where a partition is a day of a series, its days; where many
// series share partitions, its first day. Written together with the first row; noted-series.ts reads it.
import { MINUTES_PER_DAY, type VideoName } from '../../../model/bucket.ts'
import { writeTimestampMicros } from '../../../model/total.ts'
import { shardOf } from './count-forms.ts'
import { bitOf, type KnownNotes } from './known-notes.ts'
import type { Lots, NoteStatement, SeriesDay } from './partition-rows.ts'
import { partitionKey } from './row-batches.ts'
import { INSERT_FIRST_DAY } from './shared-statements.ts'
import { INSERT_DAY } from './statements.ts'
import { bigintValue, intValue } from './values.ts'

/** The day's own entry; lower numbers are its hours. */
const DAY_NOTE = 24
/** Tenant and video are the partition of days. */
const VIDEO_PARAMS = 2
/** Days that are remembered together, a bit each. */
const PERIOD_DAYS = 32
/** Those of the latest Date, from the epoch on: an earlier day gets a higher timestamp. */
const DAYS_MAX = 100_000_000

/** The index entries of these days that are not known to exist, by partition: one is one mutation then. */
export class SeriesNotes {
  readonly #lots: Lots<NoteStatement>
  readonly #knownNotes: KnownNotes
  /** Of first days. */
  readonly #stamps = new Map<number, Buffer>()

  constructor(lots: Lots<NoteStatement>, knownNotes: KnownNotes) {
    this.#lots = lots
    this.#knownNotes = knownNotes
  }

  add(one: SeriesDay): void {
    if (one.hoursOfOwn !== 0) this.#addDay(one)
    for (const shards of one.shards) this.#addFirstDay(one, shards)
  }

  /** Notes that the day has counts. This never changes, so the timestamp is the day's own start. */
  #addDay({ key, keyParams, day, write }: SeriesDay): void {
    if (this.#knownNotes.has(key, DAY_NOTE)) return
    const stamp = bigintValue(writeTimestampMicros(day * MINUTES_PER_DAY, 0))
    const lot = this.#lots.of(`day of series ${key}`, () => keyParams.slice(0, VIDEO_PARAMS))
    lot.statements.push({ query: INSERT_DAY, params: [...keyParams, stamp], key, note: DAY_NOTE, write })
  }

  /** Of all days that are ever written the earliest stays, whatever their order. */
  #addFirstDay(one: SeriesDay, shards: number): void {
    const { series, day, date, tenant, video, type, write } = one
    const period = Math.floor(day / PERIOD_DAYS)
    const key = `${shards} shards ${partitionKey(series, period)}`
    const note = day - period * PERIOD_DAYS
    if ((this.#knownNotes.of(key) & upTo(note)) !== 0) return
    const stamp = this.#stamps.getOrInsertComputed(day, () => bigintValue(BigInt(DAYS_MAX - day)))
    const shard = one.shardOf(shards)
    const lot = this.#lots.of(`series ${shards} ${shard}`, () => [intValue(shards), intValue(shard)])
    const params = [...lot.keyParams, tenant, video, type, date, stamp]
    lot.statements.push({ query: INSERT_FIRST_DAY, params, key, note, write })
  }
}

/** The partition of `shared_series` that a video's series are in, among those of so many shards. */
export function seriesPartition(video: VideoName, shards: number): Buffer[] {
  return [intValue(shards), intValue(shardOf(video, shards))]
}

/** The bits of a note and of all before it: once one of those days is noted, this one need not be. */
function upTo(note: number): number {
  return 2 * bitOf(note) - 1
}
