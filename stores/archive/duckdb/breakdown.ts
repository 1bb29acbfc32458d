// Breaks the events of a series down by an attribute, a bounded slice of the range at a time. Files are sorted by
// video and minute, so that of each only the parts are read that hold the series in the slice.
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import type { Aggregate } from '../../../model/total.ts'
import type { Breakdown, BreakdownQuestion } from '../breakdowns.ts'
import { CREATE_GROUPED, groupRollupsSql, groupSql, rankedSql, type Slice } from './breakdown-sql.ts'
import type { Database } from './database.ts'
import type { DimensionRollups } from './dimension-rollups.ts'
import { hoursOf } from './layout.ts'
import type { RawFiles } from './raw-files.ts'
import { MEMORY_PER_FILE_BYTE, type Unit, unitsOf } from './recount.ts'

/** Stands for the rollups among the units of raw events. */
const ROLLUPS = -1

/** Fails when aborted, also in the middle of a query. */
export async function breakdown(
  database: Database,
  rawFiles: RawFiles,
  rollups: DimensionRollups,
  question: BreakdownQuestion,
  signal: AbortSignal,
): Promise<Breakdown> {
  const { from, to, by, rolledUpHours } = question
  const rolledUp = new Set(rolledUpHours)
  const files = await rawFiles.ofRange(from, to)
  const hours = Array.from(new Set(files.flatMap(hoursOf)))
    .filter((hour) => hour < to && hour + MINUTES_PER_HOUR > from && !rolledUp.has(hour))
    .sort((a, b) => a - b)
  const bytesMax = database.memoryBytes / MEMORY_PER_FILE_BYTE
  return database.use(async (connection) => {
    const interrupt = () => connection.interrupt()
    signal.addEventListener('abort', interrupt)
    try {
      await connection.run(CREATE_GROUPED)
      const unreadableHours = await rollups.read(by, rolledUpHours, async (paths) => {
        await connection.run(`DELETE FROM grouped WHERE unit = ${ROLLUPS}`)
        await connection.run(groupRollupsSql(paths, ROLLUPS, rolledUpHours, question))
      })
      for (const [i, unit] of unitsOf(files, hours, bytesMax).entries()) {
        signal.throwIfAborted()
        const slices = slicesOf(unit, question, Math.ceil(unit.bytes / bytesMax))
        await rawFiles.read(
          unit.files,
          () => rawFiles.ofHours(unit.hours),
          (paths) => group(connection, paths, i, slices, question, signal),
          { trusted: true, signal },
        )
      }
      return { ...(await ranked(connection, question)), unreadableHours }
    } finally {
      signal.removeEventListener('abort', interrupt)
    }
  })
}

/** The minutes of a unit that lie in the range, in so many slices: copies of an event have one minute. */
function slicesOf({ hours }: Unit, { from, to }: BreakdownQuestion, count: number): Slice[] {
  const start = Math.max(from, hours[0]!)
  const end = Math.min(to, hours.at(-1)! + MINUTES_PER_HOUR)
  const length = Math.ceil((end - start) / count)
  const slices: Slice[] = []
  for (let at = start; at < end; at += length)
    slices.push({ from: at, to: Math.min(at + length, end), hours })
  return slices
}

/** Safe to repeat. */
async function group(
  connection: DuckDBConnection,
  paths: readonly string[],
  unit: number,
  slices: readonly Slice[],
  question: BreakdownQuestion,
  signal: AbortSignal,
): Promise<void> {
  await connection.run(`DELETE FROM grouped WHERE unit = ${unit}`)
  for (const slice of slices) {
    signal.throwIfAborted()
    await connection.run(groupSql(paths, unit, slice, question))
  }
}

async function ranked(connection: DuckDBConnection, { orderBy, rowsMax }: BreakdownQuestion) {
  const reader = await connection.runAndReadAll(rankedSql(orderBy, rowsMax))
  const lines = reader.getRows()
  const rows: { value: string; aggregate: Aggregate }[] = []
  let other: Aggregate | null = null
  for (const line of lines) {
    const [value] = line as [string | null]
    if (value === null) other = aggregateOf(line)
    else rows.push({ value, aggregate: aggregateOf(line) })
  }
  const firstMinute = lines.length === 0 ? null : Math.min(...lines.map((line) => Number(line.at(-1))))
  return { rows, other, firstMinute }
}

function aggregateOf(line: readonly DuckDBValue[]): Aggregate {
  const [, count, values, sum, min, max] = line as readonly (bigint | null)[]
  return {
    count: Number(count),
    values: Number(values),
    sum: sum!,
    min: min === null ? null : Number(min),
    max: max === null ? null : Number(max),
  }
}
