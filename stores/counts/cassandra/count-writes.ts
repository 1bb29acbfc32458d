// Writes rows: packed into batches, as many at once as the cluster can handle; each row ends up durable or refused
// for good.

import { CountsError } from '../../cassandra/counts-error.ts'
import type { CountRow, RefusedRow } from '../counts.ts'
import type { AdaptiveLimit } from './adaptive-limit.ts'
import { allOf } from './all-of.ts'
import { hourNotes } from './hour-notes.ts'
import type { KnownNotes } from './known-notes.ts'
import {
  DAY_NOTE,
  dayStatement,
  type NoteStatement,
  packBatches,
  partitionRows,
  type RowStatement,
} from './row-batches.ts'
import { SELECT_FIRST_MINUTE } from './statements.ts'
import type { Store } from './store.ts'
import { dateValue } from './values.ts'

export type WriteDeps = {
  readonly store: Store
  readonly limit: AdaptiveLimit
  /** Days of series, and the hours in them, that are known to be indexed. */
  readonly knownNotes: KnownNotes
  readonly nowMs: () => number
  readonly retentionMs: number
}

/** Tenant and video are the partition key of days. */
const DAY_KEY_PARAMS = 2
const NOTHING = Buffer.alloc(0)
const NOWHERE = [NOTHING, NOTHING, NOTHING, dateValue(0)]

/**
 * Resolved means that all rows but the refused ones are durable. Fails with a CountsError, once no write is in
 * flight.
 */
export async function writeRows(
  deps: WriteDeps,
  sourceId: string,
  rows: readonly CountRow[],
): Promise<readonly RefusedRow[]> {
  const { store, nowMs, retentionMs, knownNotes } = deps
  const { partitions, refused } = partitionRows(sourceId, rows, nowMs(), retentionMs)
  const rowLots = partitions.map(({ keyParams, rows }) => ({
    place: store.placeOf(keyParams),
    statements: rows,
  }))
  const dayLots = partitions
    .filter(({ key }) => !knownNotes.has(key, DAY_NOTE))
    .map((partition) => ({
      place: store.placeOf(partition.keyParams.slice(0, DAY_KEY_PARAMS)),
      statements: [dayStatement(partition)],
    }))
  const notes = packBatches([...dayLots, ...hourNotes(deps, partitions)])
  const noted = notes.map((batch) => note(deps, batch))
  const written = packBatches(rowLots).map((batch) => writeBatch(deps, batch))
  return [...refused, ...(await allOf([...noted, ...written])).flat()]
}

/** If the store refuses to index a series, it also refuses its rows, which then report it. */
async function note(deps: WriteDeps, batch: readonly NoteStatement[]): Promise<readonly RefusedRow[]> {
  try {
    await deps.limit.run(() => deps.store.write(batch))
    for (const { key, note } of batch) deps.knownNotes.add(key, note)
  } catch (error) {
    if (!isRefusal(error)) throw error
    if (batch.length > 1) await allOf(batch.map((one) => note(deps, [one])))
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
    await checkTable(deps, error)
    return batch.map(({ row }) => ({ row, reason: (error as Error).message }))
  }
}

/** A row is at fault only if the table exists and can be read. */
async function checkTable({ store }: WriteDeps, cause: unknown): Promise<void> {
  try {
    await store.read(SELECT_FIRST_MINUTE, NOWHERE)
  } catch (error) {
    const why = isRefusal(error) ? 'the table of counts is not as it should be' : 'the store went away'
    throw new CountsError('unavailable', `${why}: ${(cause as Error).message}`, { cause })
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof CountsError && error.code === 'refused'
}
