// Turns rows into statements and packs them into batches: rows of one partition stay together, and small partitions
// on the same nodes share a batch. Pure.
import { MINUTE_MS, MINUTES_PER_DAY, type Series } from '../../../model/bucket.ts'
import { writeTimestampMicros } from '../../../model/total.ts'
import type { CountRow, RefusedRow } from '../counts.ts'
import { INSERT_DAY, INSERT_TOTAL } from './statements.ts'
import { bigintValue, dateValue, dayOf, intValue, timestampValue, totalValue } from './values.ts'

export type Statement = { readonly query: string; readonly params: readonly Buffer[] }

/** A statement and its row, so that the caller can report the row's outcome. */
export type RowStatement = Statement & { readonly row: CountRow }

/**
 * A statement that writes an index entry, which is safe to repeat, and how it is remembered: of which day of which
 * series it is, and which entry of that day.
 */
export type NoteStatement = Statement & { readonly key: string; readonly note: number }

/** The day's own entry; lower numbers are its hours. */
export const DAY_NOTE = 24

/** The rows of a partition, all of one day. */
export type Partition = {
  /** Identifies the day of the series. */
  readonly key: string
  /** Tenant, video, type and day, as parameters of every statement. */
  readonly keyParams: readonly Buffer[]
  readonly day: number
  readonly rows: RowStatement[]
}

/**
 * A partition is one mutation, however many rows it has; several partitions are several mutations, whose bytes the
 * server limits.
 */
const PARTITION_ROWS_MAX = 100
const SHARED_ROWS_MAX = 20

const KEY_PART_BYTES_MAX = 65_535
const TTL_SECONDS_MAX = 630_720_000 // Cassandra's own: 20 years

export type Partitioned = {
  readonly partitions: readonly Partition[]
  /** Rows that do not fit the types of the schema. */
  readonly refused: readonly RefusedRow[]
}

export function partitionRows(
  sourceId: string,
  rows: readonly CountRow[],
  nowMs: number,
  retentionMs: number,
): Partitioned {
  const source = Buffer.from(sourceId)
  const partitions = new Map<string, Partition>()
  const refused: RefusedRow[] = []
  for (const row of rows) {
    const { bucket, total } = row
    try {
      const partition = partitionOf(partitions, row)
      const params = [
        ...partition.keyParams,
        timestampValue(bucket.minute),
        source,
        totalValue(total),
        bigintValue(writeTimestampMicros(bucket.minute, total.upTo)),
        intValue(ttlSeconds(bucket.minute, nowMs, retentionMs)),
      ]
      partition.rows.push({ query: INSERT_TOTAL, params, row })
    } catch (error) {
      refused.push({ row, reason: (error as Error).message })
    }
  }
  return { partitions: Array.from(partitions.values()), refused }
}

/** Statements of one partition, and the node that should get them. */
export type Lot<S extends Statement> = { readonly place: string; readonly statements: readonly S[] }

export function packBatches<S extends Statement>(lots: readonly Lot<S>[]): S[][] {
  const batches: S[][] = []
  const open = new Map<string, S[]>()
  for (const { place, statements } of lots) {
    if (statements.length > SHARED_ROWS_MAX) {
      for (let at = 0; at < statements.length; at += PARTITION_ROWS_MAX) {
        batches.push(statements.slice(at, at + PARTITION_ROWS_MAX))
      }
      continue
    }
    const batch = open.get(place)
    if (batch !== undefined && batch.length + statements.length <= SHARED_ROWS_MAX) batch.push(...statements)
    else if (statements.length > 0) {
      const fresh = statements.slice()
      open.set(place, fresh)
      batches.push(fresh)
    }
  }
  return batches
}

/** Notes that the day has counts. This never changes, so the timestamp is the day's own start. */
export function dayStatement({ key, keyParams, day }: Partition): NoteStatement {
  const stamp = bigintValue(writeTimestampMicros(day * MINUTES_PER_DAY, 0))
  return { query: INSERT_DAY, params: [...keyParams, stamp], key, note: DAY_NOTE }
}

/** Throws a RangeError if a name is longer than a part of a key can be. */
export function keyParamsOf(series: Series, day: number): Buffer[] {
  return [...namesOf(series), dateValue(day)]
}

/** Tenant, video and type, as parameters of every statement. Throws like `keyParamsOf`. */
export function namesOf({ tenant, videoId, type }: Series): Buffer[] {
  const names = [tenant, videoId, type].map((name) => Buffer.from(name))
  if (names.some(({ length }) => length > KEY_PART_BYTES_MAX)) {
    throw new RangeError(`a name is longer than ${KEY_PART_BYTES_MAX} bytes`)
  }
  return names
}

/** At least 1: to Cassandra 0 means for ever. */
export function ttlSeconds(minute: number, nowMs: number, retentionMs: number): number {
  const seconds = Math.ceil((minute * MINUTE_MS + retentionMs - nowMs) / 1_000)
  return Math.min(Math.max(1, seconds), TTL_SECONDS_MAX)
}

export function partitionKey({ tenant, videoId, type }: Series, day: number): string {
  return `${day}\0${type}\0${tenant}\0${videoId}`
}

function partitionOf(partitions: Map<string, Partition>, { bucket }: CountRow): Partition {
  const day = dayOf(bucket.minute)
  const key = partitionKey(bucket, day)
  const known = partitions.get(key)
  if (known !== undefined) return known
  const partition = { key, keyParams: keyParamsOf(bucket, day), day, rows: [] }
  partitions.set(key, partition)
  return partition
}
