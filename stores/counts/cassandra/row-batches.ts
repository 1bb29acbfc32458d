// Turns rows into statements and packs them into batches: rows of one partition stay together, and small partitions
// on the same nodes share a batch. Pure.
import { type Bucket, hourOf, MINUTE_MS, type Series } from '../../../model/bucket.ts'
import { writeTimestampMicros } from '../../../model/total.ts'
import type { CountRow, RefusedRow } from '../counts.ts'
import { type CountForm, shardOf, shardsOf } from './count-forms.ts'
import { INSERT_SHARED_TOTAL } from './shared-statements.ts'
import { INSERT_TOTAL } from './statements.ts'
import { bigintValue, dateValue, dayOf, intValue, timestampValue, totalValue } from './values.ts'

export type Statement = { readonly query: string; readonly params: readonly Buffer[] }

/** A statement and its row, so that the caller can report the row's outcome. */
export type RowStatement = Statement & { readonly row: CountRow }

/** A statement that writes an index entry, which is safe to repeat, and how it is remembered: see KnownNotes. */
export type NoteStatement = Statement & { readonly key: string; readonly note: number }

/** The rows of a day of a series, which may be in several partitions. */
export type SeriesDay = {
  /** Identifies it. */
  readonly key: string
  /** Tenant, video, type and day, as parameters of every statement. */
  readonly keyParams: readonly Buffer[]
  readonly series: Series
  readonly day: number
  /** In how many its rows are; null: some are in `counts`. */
  readonly shards: (number | null)[]
  readonly rows: CountRow[]
}

/** The rows of a partition. */
export type Partition = {
  /** Identifies it. */
  readonly key: string
  /** The values of its key. */
  readonly keyParams: readonly Buffer[]
  readonly statements: RowStatement[]
}

/**
 * A partition is one mutation, however many rows it has; several partitions are several mutations, whose bytes the
 * server limits.
 */
const PARTITION_ROWS_MAX = 100
const SHARED_ROWS_MAX = 20
/** Tenant, video and type: the first of the key of a day. */
const NAME_PARAMS = 3

const KEY_PART_BYTES_MAX = 65_535
const TTL_SECONDS_MAX = 630_720_000 // Cassandra's own: 20 years

export type Partitioned = {
  readonly days: readonly SeriesDay[]
  readonly partitions: readonly Partition[]
  /** Rows that do not fit the types of the schema. */
  readonly refused: readonly RefusedRow[]
}

export type PartitionRules = {
  /** Which table each minute is in. */
  readonly forms: readonly CountForm[]
  readonly nowMs: number
  readonly retentionMs: number
}

export function partitionRows(
  sourceId: string,
  rows: readonly CountRow[],
  { forms, nowMs, retentionMs }: PartitionRules,
): Partitioned {
  const source = Buffer.from(sourceId)
  const days = new Map<string, SeriesDay>()
  const partitions = new Map<string, Partition>()
  const partitionWith = (key: string, keyParamsOf: () => readonly Buffer[]) =>
    partitions.getOrInsertComputed(key, () => ({ key, keyParams: keyParamsOf(), statements: [] }))
  const refused: RefusedRow[] = []
  for (const row of rows) {
    const { bucket, total } = row
    try {
      const day = dayWith(days, row)
      const cells = [
        timestampValue(bucket.minute),
        source,
        totalValue(total),
        bigintValue(writeTimestampMicros(bucket.minute, total.upTo)),
        intValue(ttlSeconds(bucket.minute, nowMs, retentionMs)),
      ]
      const shards = shardsOf(forms, bucket.minute)
      if (shards === null) {
        const { keyParams, statements } = partitionWith(day.key, () => day.keyParams)
        statements.push({ query: INSERT_TOTAL, params: [...keyParams, ...cells], row })
      } else {
        const place = sharedPlaceOf(bucket, shards)
        const { keyParams, statements } = partitionWith(place.key, () => sharedKeyParams(place))
        const params = [...keyParams, ...day.keyParams.slice(0, NAME_PARAMS), ...cells]
        statements.push({ query: INSERT_SHARED_TOTAL, params, row })
      }
      if (!day.shards.includes(shards)) day.shards.push(shards)
      day.rows.push(row)
    } catch (error) {
      refused.push({ row, reason: (error as Error).message })
    }
  }
  return { days: Array.from(days.values()), partitions: Array.from(partitions.values()), refused }
}

/** Statements of one partition, and the node that should get them. */
export type Lot<S extends Statement> = {
  /** Identifies the partition among all that are written together. */
  readonly key: string
  readonly place: string
  readonly statements: S[]
}

/** Puts together what is of one partition. */
export function joinLots<S extends Statement>(lots: readonly Lot<S>[]): Lot<S>[] {
  const joined = new Map<string, Lot<S>>()
  for (const lot of lots) {
    const held = joined.get(lot.key)
    if (held === undefined) joined.set(lot.key, { ...lot, statements: lot.statements.slice() })
    else for (const statement of lot.statements) held.statements.push(statement)
  }
  return Array.from(joined.values())
}

export function packBatches<S extends Statement>(lots: readonly Omit<Lot<S>, 'key'>[]): S[][] {
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

type SharedPlace = { readonly key: string; readonly shard: number; readonly hour: number }

/** The partition of a bucket that shares one with other videos. */
export function sharedPlaceOf(bucket: Bucket, shards: number): SharedPlace {
  const [shard, hour] = [shardOf(bucket, shards), hourOf(bucket.minute)]
  return { key: `${hour} ${shard}`, shard, hour }
}

export function sharedKeyParams({ shard, hour }: SharedPlace): Buffer[] {
  return [intValue(shard), timestampValue(hour)]
}

function dayWith(days: Map<string, SeriesDay>, { bucket }: CountRow): SeriesDay {
  const day = dayOf(bucket.minute)
  const key = partitionKey(bucket, day)
  return days.getOrInsertComputed(key, () => ({
    ...{ key, keyParams: keyParamsOf(bucket, day), series: bucket, day },
    ...{ shards: [], rows: [] },
  }))
}
