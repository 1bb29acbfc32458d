// Writes rows: those of several sources packed into batches, as many at once as the cluster can handle; each row ends
// up durable or refused for good.

import { CountsError } from '../../cassandra/counts-error.ts'
import type { RefusedRow } from '../counts.ts'
import type { AdaptiveLimit } from './adaptive-limit.ts'
import { allOf } from './all-of.ts'
import type { FormsLease } from './forms-lease.ts'
import type { Batch } from './gathered-writes.ts'
import { addHourNotes } from './hour-notes.ts'
import type { KnownNotes } from './known-notes.ts'
import {
  type FormedWrite,
  type Lot,
  Lots,
  type NoteStatement,
  partitionRows,
  type RowStatement,
} from './partition-rows.ts'
import { packBatches, type Statement } from './row-batches.ts'
import { SeriesNotes } from './series-notes.ts'
import {
  INSERT_FIRST_DAY,
  INSERT_SHARED_TOTAL,
  SELECT_SERIES_FIRST_DAY,
  SELECT_SHARED_FIRST_MINUTE,
} from './shared-statements.ts'
import { SELECT_FIRST_MINUTE } from './statements.ts'
import type { Store } from './store.ts'
import { dateValue, intValue, timestampValue } from './values.ts'

export type WriteDeps = {
  readonly store: Store
  readonly limit: AdaptiveLimit
  /** Which table each minute is in. */
  readonly forms: FormsLease
  /** Series, and their days and hours, that are known to be indexed. */
  readonly knownNotes: KnownNotes
  readonly nowMs: () => number
  readonly retentionMs: number
}

const NOTHING = Buffer.alloc(0)
const NO_NAMES = [NOTHING, NOTHING, NOTHING]
const NOWHERE = [...NO_NAMES, dateValue(0)]
const NOWHERE_SHARED = [intValue(0), timestampValue(0), ...NO_NAMES]
const NOWHERE_NOTED = [intValue(0), intValue(0), ...NO_NAMES]

/** Sends rows and their index entries. A batch fails with a CountsError, once nothing of it is in flight. */
export function beginWrites(deps: WriteDeps, writes: readonly FormedWrite[]): Batch<FormedWrite>[] {
  const { knownNotes, nowMs, retentionMs } = deps
  const { lots, parts } = partitionRows(writes, { nowMs: nowMs(), retentionMs })
  const notes = new Lots<NoteStatement>()
  const ofSeries = new SeriesNotes(notes, knownNotes)
  for (const part of parts) {
    for (const day of part.days) ofSeries.add(day)
    addHourNotes(notes, deps, part)
  }
  return [
    ...parts.map(({ write, refused }) => ({ of: new Set([write]), stored: Promise.resolve(refused) })),
    ...packed(deps, notes.all).map((batch) => ({ of: writesIn(batch), stored: writeNotes(deps, batch) })),
    ...packed(deps, lots).map((batch) => ({ of: writesIn(batch), stored: writeBatch(deps, batch) })),
  ]
}

function packed<S extends Statement>({ store }: WriteDeps, lots: readonly Lot<S>[]): S[][] {
  return packBatches(
    lots.map(({ keyParams, statements }) => ({ place: store.placeOf(keyParams), statements })),
  )
}

function writesIn(batch: readonly { readonly write: FormedWrite }[]): ReadonlySet<FormedWrite> {
  return new Set(batch.map(({ write }) => write))
}

/**
 * If the store refuses to index a series, it also refuses its rows, which then report it: unless it is the table of the
 * index that is at fault, since rows without an entry would not be found.
 */
async function writeNotes(deps: WriteDeps, batch: readonly NoteStatement[]): Promise<readonly RefusedRow[]> {
  try {
    await deps.limit.run(() => deps.store.write(batch))
    for (const { key, note } of batch) deps.knownNotes.add(key, note)
  } catch (error) {
    if (!isRefusal(error)) throw error
    if (batch.length > 1) await allOf(batch.map((one) => writeNotes(deps, [one])))
    else await checkTable(deps, batch[0]!.query, error)
  }
  return []
}

async function writeBatch(deps: WriteDeps, batch: readonly RowStatement[]): Promise<readonly RefusedRow[]> {
  try {
    await deps.limit.run(() => deps.store.write(batch))
    return []
  } catch (error) {
    if (!isRefusal(error)) throw error
    if (batch.length > 1) return (await allOf(batch.map((one) => writeBatch(deps, [one])))).flat()
    await checkTable(deps, batch[0]!.query, error)
    return batch.map(({ row }) => ({ row, reason: (error as Error).message }))
  }
}

/** A row is at fault only if the table that `query` writes exists and can be read. */
async function checkTable({ store }: WriteDeps, query: string, cause: unknown): Promise<void> {
  try {
    if (query === INSERT_FIRST_DAY) await store.read(SELECT_SERIES_FIRST_DAY, NOWHERE_NOTED)
    else if (query === INSERT_SHARED_TOTAL) await store.read(SELECT_SHARED_FIRST_MINUTE, NOWHERE_SHARED)
    else await store.read(SELECT_FIRST_MINUTE, NOWHERE)
  } catch (error) {
    const why = isRefusal(error) ? 'a table of the counts is not as it should be' : 'the store went away'
    throw new CountsError('unavailable', `${why}: ${(cause as Error).message}`, { cause })
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof CountsError && error.code === 'refused'
}
