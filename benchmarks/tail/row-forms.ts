// Forms of the table of counts: the one of keyspaces of earlier releases, whose partition is a day of one series, and
// ones whose partition is (shard, slice of time), which a flush fills by a few batches. A form says how to write a
// flush and read a series.
import { MINUTES_PER_DAY } from '../../model/bucket.ts'
import { murmur2, toPositive } from '../../model/murmur2.ts'
import { EMPTY, writeTimestampMicros } from '../../model/total.ts'
import { INSERT_TOTAL, SELECT_SUMS } from '../../stores/counts/cassandra/statements.ts'
import {
  bigintValue,
  dateValue,
  dayOf,
  intValue,
  timestampValue,
  totalValue,
} from '../../stores/counts/cassandra/values.ts'
import type { Flush } from './flushes.ts'

export type Statement = { readonly query: string; readonly params: readonly Buffer[] }

export type Form = {
  readonly name: string
  readonly table: string
  /** Null if it is there already. */
  readonly schema: string | null
  /** What one flush sends. */
  readonly batches: (flush: Flush) => Statement[][]
  /** The sums by minute of a video over [from, to): several statements, sent together. */
  readonly reads: (videoId: string, from: number, to: number) => Statement[]
}

const TTL_SECONDS = 1_000_000
/** As in production: batches over many partitions, and of one. */
const SHARED_ROWS_MAX = 20
const PARTITION_ROWS_MAX = 100
const NONE = Buffer.alloc(0)
const TYPE = Buffer.from('view')

let written = 0

/** Each row a request. */
export const SINGLE: Form = {
  ...dayForm(1),
  name: 'each row a statement',
}

export const TODAY: Form = dayForm(SHARED_ROWS_MAX)

function dayForm(rowsMax: number): Form {
  return {
    name: 'a partition per video and day',
    table: 'counts',
    schema: null,
    batches: ({ source, minute, videos }) => {
      const day = dateValue(dayOf(minute))
      const rows = videos.map((video) => ({
        query: INSERT_TOTAL,
        params: [NONE, Buffer.from(video), TYPE, day, ...cells(minute, source)],
      }))
      return chunks(rows, rowsMax)
    },
    reads: (videoId, from, to) =>
      steps(from, to, MINUTES_PER_DAY).map(([day, start, end]) => ({
        query: SELECT_SUMS.minute,
        params: [NONE, Buffer.from(videoId), TYPE, dateValue(dayOf(day)), ...range(start, end)],
      })),
  }
}

/** The shard is the hash of a video. `sliceMinutes` divides a day. */
export function sharedByVideo(shards: number, sliceMinutes: number): Form {
  const shardOf = (videoId: string) => [toPositive(murmur2(Buffer.from(videoId))) % shards]
  return shared(`${shards} shards, slices of ${sliceMinutes} min`, {
    ...{ table: `shared_${shards}_${sliceMinutes}`, sliceMinutes },
    shardOfRow: (videoId) => shardOf(videoId)[0]!,
    shardsOfRead: shardOf,
  })
}

/** The shard is the source: a flush is one batch, and a read must ask for every source. */
export function sharedBySource(sources: number, sliceMinutes: number): Form {
  return shared(`by source (${sources}), slices of ${sliceMinutes} min`, {
    ...{ table: `by_source_${sliceMinutes}`, sliceMinutes },
    shardOfRow: (_, source) => source,
    shardsOfRead: () => Array.from({ length: sources }, (_, source) => source),
  })
}

type Sharing = {
  readonly table: string
  readonly sliceMinutes: number
  readonly shardOfRow: (videoId: string, source: number) => number
  readonly shardsOfRead: (videoId: string) => readonly number[]
}

function shared(name: string, { table, sliceMinutes, shardOfRow, shardsOfRead }: Sharing): Form {
  const insert = `INSERT INTO ${table} (shard, slice, tenant, video_id, event_type, minute, source, total)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`
  const select = `SELECT minute AS start, sum(total.count) AS count, sum(total.values) AS values,
    sum(total.sum) AS sum, min(total.min) AS min, max(total.max) AS max FROM ${table}
    WHERE shard = ? AND slice = ? AND tenant = ? AND video_id = ? AND event_type = ? AND minute >= ? AND minute < ?
    GROUP BY minute`
  return {
    name,
    table,
    schema: `CREATE TABLE ${table} (shard int, slice timestamp, tenant text, video_id text, event_type text,
      minute timestamp, source text, total frozen<total>,
      PRIMARY KEY ((shard, slice), tenant, video_id, event_type, minute, source))
      WITH compaction = {'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'T4'}`,
    batches: ({ source, minute, videos }) => {
      const slice = timestampValue(Math.floor(minute / sliceMinutes) * sliceMinutes)
      const byShard = Map.groupBy(videos, (videoId) => shardOfRow(videoId, source))
      return Array.from(byShard).flatMap(([shard, names]) => {
        const key = [intValue(shard), slice, NONE]
        const rows = names.map((video) => ({
          query: insert,
          params: [...key, Buffer.from(video), TYPE, ...cells(minute, source)],
        }))
        return chunks(rows, PARTITION_ROWS_MAX)
      })
    },
    reads: (videoId, from, to) =>
      shardsOfRead(videoId).flatMap((shard) =>
        steps(from, to, sliceMinutes).map(([slice, start, end]) => ({
          query: select,
          params: [
            ...[intValue(shard), timestampValue(slice), NONE, Buffer.from(videoId), TYPE],
            ...range(start, end),
          ],
        })),
      ),
  }
}

/** The minute, the source, the total, its timestamp and its time to live. */
function cells(minute: number, source: number): Buffer[] {
  const upTo = written++
  const total = totalValue({ ...EMPTY, count: 3, values: 3, sum: 99_999n, min: 1, max: 5_000, upTo })
  const stamp = bigintValue(writeTimestampMicros(minute, upTo))
  return [timestampValue(minute), Buffer.from(`beefbeef-${source}`), total, stamp, intValue(TTL_SECONDS)]
}

function range(start: number, end: number): Buffer[] {
  return [timestampValue(start), timestampValue(end)]
}

/** The slices of this length that [from, to) touches: where each begins, and the part of it that is asked for. */
function steps(from: number, to: number, length: number): [slice: number, start: number, end: number][] {
  const found: [number, number, number][] = []
  for (let slice = Math.floor(from / length) * length; slice < to; slice += length) {
    found.push([slice, Math.max(slice, from), Math.min(slice + length, to)])
  }
  return found
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size))
  return parts
}
