// Packs statements into batches: those of one partition stay together, and small partitions on the same nodes share a
// batch. With the keys of the partitions. Pure.
import { type Bucket, hourOf, MINUTE_MS, type Series } from '../../../model/bucket.ts'
import { shardOf } from './count-forms.ts'
import { dateValue, intValue, timestampValue } from './values.ts'

export type Statement = { readonly query: string; readonly params: readonly Buffer[] }

/**
 * A partition is one mutation, however many rows it has; several partitions are several mutations, whose bytes the
 * server limits.
 */
const PARTITION_ROWS_MAX = 100
const SHARED_ROWS_MAX = 20
const KEY_PART_BYTES_MAX = 65_535
const TTL_SECONDS_MAX = 630_720_000 // Cassandra's own: 20 years

/** Statements of one partition, and the node that should get them. */
export type PlacedLot<S extends Statement> = { readonly place: string; readonly statements: readonly S[] }

export function packBatches<S extends Statement>(lots: readonly PlacedLot<S>[]): S[][] {
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
  return [keyPart(tenant), keyPart(videoId), keyPart(type)]
}

/** Throws like `keyParamsOf`. */
export function keyPart(name: string): Buffer {
  const bytes = Buffer.from(name)
  if (bytes.length > KEY_PART_BYTES_MAX)
    throw new RangeError(`a name is longer than ${KEY_PART_BYTES_MAX} bytes`)
  return bytes
}

/** At least 1: to Cassandra 0 means for ever. */
export function ttlSeconds(minute: number, nowMs: number, retentionMs: number): number {
  const seconds = Math.ceil((minute * MINUTE_MS + retentionMs - nowMs) / 1_000)
  return Math.min(Math.max(1, seconds), TTL_SECONDS_MAX)
}

export function partitionKey({ tenant, videoId, type }: Series, day: number): string {
  return `${day}\0${type}\0${tenant}\0${videoId}`
}

/** A partition that videos share. */
type SharedPlace = { readonly shard: number; readonly hour: number }

/** The partition of a bucket that shares one with other videos. */
export function sharedPlaceOf(bucket: Bucket, shards: number): SharedPlace {
  return { shard: shardOf(bucket, shards), hour: hourOf(bucket.minute) }
}

/** Identifies it. */
export function sharedKey({ shard, hour }: SharedPlace): string {
  return `${hour} ${shard}`
}

export function sharedKeyParams({ shard, hour }: SharedPlace): Buffer[] {
  return [intValue(shard), timestampValue(hour)]
}
