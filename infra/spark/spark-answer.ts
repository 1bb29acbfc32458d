// Reads the result of the recount on Spark.
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Aggregate } from '../../model/total.ts'
import type { RecountedBucket } from '../../stores/archive/archive.ts'

type Column = string | number | bigint | null

/** All buckets, unordered. `out` is the directory that Spark wrote. */
export async function readSparkAnswer(out: string): Promise<RecountedBucket[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const files = join(out, '*.parquet').replaceAll("'", "''")
    const sums = 'all_sum::HUGEINT AS all_sum, on_time_sum::HUGEINT AS on_time_sum'
    const reader = await connection.runAndReadAll(`SELECT * REPLACE (${sums}) FROM read_parquet('${files}')`)
    return reader.getRowObjects().map((row) => bucketOf(row as Record<string, Column>))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function bucketOf(row: Record<string, Column>): RecountedBucket {
  const { tenant, video_id: videoId, type, minute } = row as Record<string, string>
  return {
    bucket: { tenant: tenant!, videoId: videoId!, type: type!, minute: Number(minute) },
    all: aggregateOf(row, 'all'),
    onTime: aggregateOf(row, 'on_time'),
  }
}

function aggregateOf(row: Record<string, Column>, part: 'all' | 'on_time'): Aggregate {
  const number = (name: string) => (row[`${part}_${name}`] === null ? null : Number(row[`${part}_${name}`]))
  return {
    count: number('count')!,
    values: number('values')!,
    sum: row[`${part}_sum`] as bigint,
    min: number('min'),
    max: number('max'),
  }
}
