// Reads what was counted, by whatever engine: a relation with the columns of the table `recounted`.
import type { DuckDBConnection, DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api'
import type { Aggregate } from '../../../model/total.ts'
import type { RecountedBucket } from '../archive.ts'
import { readRecountedSql } from './recount-sql.ts'

/** In the order that `Recount` promises. */
export async function* readRecounted(
  connection: DuckDBConnection,
  rows: string,
): AsyncGenerator<readonly RecountedBucket[]> {
  const result = await connection.stream(readRecountedSql(rows))
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return
    yield bucketsOf(chunk)
  }
}

/** Read by columns, which takes a third of the time of reading rows. */
function bucketsOf(chunk: DuckDBDataChunk): RecountedBucket[] {
  const columns = chunk.getColumns()
  const [tenant, videoId, type, minute] = columns as unknown as [string[], string[], string[], number[]]
  const all = aggregatesOf(columns.slice(4, 9))
  const onTime = aggregatesOf(columns.slice(9))
  return all.map((aggregate, i) => {
    const bucket = { tenant: tenant[i]!, videoId: videoId[i]!, type: type[i]!, minute: minute[i]! }
    return { bucket, all: aggregate, onTime: onTime[i]! }
  })
}

function aggregatesOf(columns: readonly (readonly DuckDBValue[])[]): Aggregate[] {
  const [count, values, sum, min, max] = columns as unknown as readonly (readonly (bigint | null)[])[]
  return count!.map((events, i) => ({
    count: Number(events),
    values: Number(values![i]),
    sum: sum![i] ?? 0n,
    min: numberOrNull(min![i]!),
    max: numberOrNull(max![i]!),
  }))
}

function numberOrNull(value: bigint | null): number | null {
  return value === null ? null : Number(value)
}
