// The partitions of titles, and their values as CQL wants them. Pure.
import { murmur2, toPositive } from '../../../model/murmur2.ts'
import { bigintValue, intValue } from '../../counts/cassandra/values.ts'
import type { IndexEntry } from '../index-entries.ts'
import { byBytes } from '../search-place.ts'
import type { VideoName } from '../title-tables.ts'

/** Partitions of a bucket of the index, and of the annotations of a tenant. Never changes: rows stay where they are. */
export const SHARDS = 8

export function shardOf(videoId: string): number {
  return toPositive(murmur2(Buffer.from(videoId))) % SHARDS
}

/** What all texts that begin with `prefix` have in common, so that one partition of each shard holds them. */
function bucketOf({ kind, group, text }: IndexEntry): string {
  if (kind === 'member') return group
  return kind === 'id' ? '' : String.fromCodePoint(text.codePointAt(0)!)
}

export function textValue(text: string): Buffer {
  return Buffer.from(text)
}

export function offsetValue(offset: number): Buffer {
  return bigintValue(BigInt(offset))
}

export function nameParams(life: string, { tenant, videoId }: VideoName): Buffer[] {
  return [life, tenant, videoId].map(textValue)
}

/** The partition of an annotation, and its video. */
export function noteParams(life: string, { tenant, videoId }: VideoName): Buffer[] {
  return [textValue(life), textValue(tenant), intValue(shardOf(videoId)), textValue(videoId)]
}

export function indexParams(
  life: string,
  tenant: string,
  entry: Pick<IndexEntry, 'kind' | 'group' | 'text'>,
  shard: number,
): Buffer[] {
  return [...[life, tenant, entry.kind, bucketOf(entry)].map(textValue), intValue(shard)]
}

/** The first `limit` texts of several sorted lists. */
export function firstOf(lists: readonly (readonly string[])[], limit: number): string[] {
  return lists.flat().sort(byBytes).slice(0, limit)
}
