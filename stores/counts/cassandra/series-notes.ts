// An index of which series have counts, and since when: where a partition is a day of a series, its days; where many
// series share partitions, its first day. Written together with the first row; noted-series.ts reads it.
import { MINUTES_PER_DAY, type VideoName } from '../../../model/bucket.ts'
import { writeTimestampMicros } from '../../../model/total.ts'
import { shardOf } from './count-forms.ts'
import type { WriteDeps } from './count-writes.ts'
import { bitOf } from './known-notes.ts'
import { type Lot, type NoteStatement, namesOf, partitionKey, type SeriesDay } from './row-batches.ts'
import { INSERT_FIRST_DAY } from './shared-statements.ts'
import { INSERT_DAY } from './statements.ts'
import { bigintValue, dateValue, intValue } from './values.ts'

/** The day's own entry; lower numbers are its hours. */
const DAY_NOTE = 24
/** Tenant and video are the partition of days. */
const VIDEO_PARAMS = 2
/** Days that are remembered together, a bit each. */
const PERIOD_DAYS = 32
/** Those of the latest Date, from the epoch on: an earlier day gets a higher timestamp. */
const DAYS_MAX = 100_000_000

/**
 * The index entries for these days that are not known to exist. Those of one partition are one lot, because they are
 * one mutation then.
 */
export function seriesNotes(
  { knownNotes, store }: Pick<WriteDeps, 'knownNotes' | 'store'>,
  days: readonly SeriesDay[],
): Lot<NoteStatement>[] {
  const lots = new Map<string, Lot<NoteStatement>>()
  const add = (partition: readonly Buffer[], name: string, statement: NoteStatement) => {
    const lot = lots.getOrInsertComputed(name, () => ({
      ...{ key: name, place: store.placeOf(partition) },
      statements: [],
    }))
    lot.statements.push(statement)
  }
  for (const one of days) {
    for (const shards of one.shards) {
      if (shards === null) {
        if (knownNotes.has(one.key, DAY_NOTE)) continue
        add(one.keyParams.slice(0, VIDEO_PARAMS), `day of series ${one.key}`, dayNote(one))
        continue
      }
      const period = Math.floor(one.day / PERIOD_DAYS)
      const key = `${shards} shards ${partitionKey(one.series, period)}`
      const note = one.day - period * PERIOD_DAYS
      if ((knownNotes.of(key) & upTo(note)) !== 0) continue
      const partition = seriesPartition(one.series, shards)
      add(partition, `series ${Buffer.concat(partition).toString('hex')}`, {
        ...firstDay(one, partition),
        ...{ key, note },
      })
    }
  }
  return Array.from(lots.values())
}

/** The partition of `shared_series` that a video's series are in, among those of so many shards. */
export function seriesPartition(video: VideoName, shards: number): Buffer[] {
  return [intValue(shards), intValue(shardOf(video, shards))]
}

/** Notes that the day has counts. This never changes, so the timestamp is the day's own start. */
function dayNote({ key, keyParams, day }: SeriesDay): NoteStatement {
  const stamp = bigintValue(writeTimestampMicros(day * MINUTES_PER_DAY, 0))
  return { query: INSERT_DAY, params: [...keyParams, stamp], key, note: DAY_NOTE }
}

/** Of all days that are ever written the earliest stays, whatever their order. */
function firstDay({ series, day }: SeriesDay, partition: readonly Buffer[]) {
  const stamp = bigintValue(BigInt(DAYS_MAX - day))
  return { query: INSERT_FIRST_DAY, params: [...partition, ...namesOf(series), dateValue(day), stamp] }
}

/** The bits of a note and of all before it: once one of those days is noted, this one need not be. */
function upTo(note: number): number {
  return 2 * bitOf(note) - 1
}
