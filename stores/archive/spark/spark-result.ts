// What Spark counted, believed only if it is whole: its program said at its end how many buckets and events there are
// and in which files, all of them are there, and they hold as many.
import { basename } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { jsonValue } from '../../../lib/json-value.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import { type Database, literal } from '../duckdb/database.ts'
import { readRecounted } from '../duckdb/read-recounted.ts'
import type { RecountedHours } from '../recount-engine.ts'
import { SparkFault } from './spark-fault.ts'

/** As recount.py writes it at its end. */
export type SparkAnswer = {
  /** Which order it answers. */
  readonly job: string
  /** What went wrong; nothing else is told then. */
  readonly fault?: string
  /** Keys of raw files whose bytes do not match their checksums: then nothing was counted. */
  readonly damaged?: readonly string[]
  readonly counted?: {
    readonly buckets: number
    readonly events: number
    /** The names of the files of the result. */
    readonly files: readonly string[]
  }
}

export type Counted = NonNullable<SparkAnswer['counted']>

/** Fails with a SparkFault unless it is the whole answer to this order. */
export function parseAnswer(text: string | null, job: string): SparkAnswer {
  const answer = (text === null ? undefined : jsonValue(text)) as SparkAnswer | undefined
  if (answer?.job !== job) throw incomplete('its program came to no end')
  if (answer.fault !== undefined) throw new SparkFault('spark_failed', `Spark failed: ${answer.fault}`)
  const isWhole = answer.damaged !== undefined || Array.isArray(answer.counted?.files)
  if (!isWhole) throw incomplete('its program said neither what it counted nor what is damaged')
  return answer
}

/** Opens a result for reading. `prefix`: of the keys of its files. Fails with `spark_incomplete` if it is not whole. */
export async function openResult(
  database: Database,
  objects: ObjectStore,
  prefix: string,
  counted: Counted,
): Promise<RecountedHours> {
  await using stack = new AsyncDisposableStack()
  const there = new Set((await objects.list(prefix)).map(({ key }) => key))
  const paths: string[] = []
  for (const name of counted.files) {
    const key = `${prefix}${basename(name)}`
    if (!there.has(key)) throw incomplete(`${key} is not there`)
    const { path, release } = await objects.open(key)
    stack.defer(release)
    paths.push(path)
  }
  const connection = await database.connect()
  stack.defer(() => connection.closeSync())
  const rows = `read_parquet([${paths.map(literal)}], hive_partitioning = false)`
  if (paths.length === 0) throw incomplete('it has no files')
  await checkCounted(connection, rows, counted)
  const opened = stack.move()
  return {
    buckets: readRecounted(connection, rows),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function checkCounted(
  connection: DuckDBConnection,
  rows: string,
  { buckets, events }: Counted,
): Promise<void> {
  const reader = await connection.runAndReadAll(`SELECT count(*), coalesce(sum("count"), 0) FROM ${rows}`)
  const [foundBuckets, foundEvents] = reader.getRows()[0]!.map(Number)
  if (foundBuckets === buckets && foundEvents === events) return
  throw incomplete(`it has ${foundBuckets} buckets of ${foundEvents} events, not ${buckets} of ${events}`)
}

function incomplete(why: string): SparkFault {
  return new SparkFault('spark_incomplete', `the result of Spark is not whole: ${why}`)
}
