// Counts events of some or all videos by the value of an attribute, by minute or by period, a bounded slice of the
// range at a time. Files are sorted by video and minute, so that of one video only the parts are read that hold it in
// the slice.
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import type { CountedMinute } from '../../../model/quarters.ts'
import { type Aggregate, EMPTY } from '../../../model/total.ts'
import type {
  Breakdown,
  BreakdownQuestion,
  CountedPeriods,
  EventScope,
  PeriodsQuestion,
  RolledUp,
  ScopeQuestion,
} from '../breakdowns.ts'
import {
  BY_MINUTE,
  BY_VIDEO,
  byAttribute,
  byRow,
  CREATE_GROUPED,
  CREATE_PERIODS,
  type Grouping,
  groupRollupsSql,
  groupSql,
  hidingSql,
  MINUTES_SQL,
  periodsSql,
  rankedPeriodsSql,
  rankedSql,
  type Slice,
} from './breakdown-sql.ts'
import type { Database } from './database.ts'
import type { DimensionRollups } from './dimension-rollups.ts'
import { hoursOf } from './layout.ts'
import type { RawFiles } from './raw-files.ts'
import { MEMORY_PER_FILE_BYTE, type Unit, unitsOf } from './recount.ts'

/** Stands for the rollups among the units of raw events. */
const ROLLUPS = -1

/** What questions are answered from. */
export type Asked = {
  readonly database: Database
  readonly rawFiles: RawFiles
  readonly rollups: DimensionRollups
}

/** Fails when aborted, also in the middle of a query. */
export async function breakdown(
  asked: Asked,
  question: BreakdownQuestion,
  signal: AbortSignal,
): Promise<Breakdown> {
  const { by, ofVideos = false, rolledUpHours, settledHours } = question
  return interruptible(asked.database, signal, async (connection) => {
    const rolledUp = { by: by ?? '', hours: rolledUpHours, settledHours }
    const grouping = ofVideos ? BY_VIDEO : byAttribute(by)
    const unreadableHours = await group(connection, asked, question, rolledUp, grouping, signal)
    return { ...(await ranked(connection, question)), unreadableHours }
  })
}

/** The same. */
export async function periods(
  asked: Asked,
  question: PeriodsQuestion,
  signal: AbortSignal,
): Promise<CountedPeriods> {
  const { starts, settledHours } = question
  const rolledUp = { ...question.rolledUp, settledHours }
  return interruptible(asked.database, signal, async (connection) => {
    await connection.run(CREATE_PERIODS)
    await connection.run(periodsSql(starts))
    const unreadableHours = await group(connection, asked, question, rolledUp, byRow(question), signal)
    return { ...(await rankedPeriods(connection, question)), unreadableHours }
  })
}

/** The same. */
export async function minutes(
  asked: Asked,
  question: ScopeQuestion,
  signal: AbortSignal,
): Promise<readonly CountedMinute[]> {
  return interruptible(asked.database, signal, async (connection) => {
    await groupRaw(connection, asked, question, BY_MINUTE, () => true, signal)
    const reader = await connection.runAndReadAll(MINUTES_SQL)
    return reader.getRows().map((line) => ({ minute: Number(line[0]), aggregate: aggregateOf(line) }))
  })
}

/** The same. */
export async function hidingHours(
  { database, rollups }: Asked,
  scope: EventScope,
  rolledUp: RolledUp,
  signal: AbortSignal,
): Promise<readonly number[]> {
  return interruptible(database, signal, async (connection) => {
    let hours: number[] = []
    await rollups.read(rolledUp.by, rolledUp.hours, async (rows) => {
      const reader = await connection.runAndReadAll(hidingSql(rows, rolledUp, scope))
      hours = reader.getRows().map(([hour]) => Number(hour))
    })
    return hours
  })
}

function interruptible<T>(
  database: Database,
  signal: AbortSignal,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  return database.use(async (connection) => {
    const interrupt = () => connection.interrupt()
    signal.addEventListener('abort', interrupt)
    try {
      await connection.run(CREATE_GROUPED)
      return await use(connection)
    } finally {
      signal.removeEventListener('abort', interrupt)
    }
  })
}

/** Fills the table `grouped`. Returns the hours that cannot be read. */
async function group(
  connection: DuckDBConnection,
  asked: Asked,
  question: ScopeQuestion,
  { by, hours, settledHours = [] }: RolledUp & { readonly settledHours: readonly number[] | undefined },
  grouping: Grouping,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const all = [...hours, ...settledHours].sort((a, b) => a - b)
  const damaged = await asked.rollups.read(by, all, async (rows) => {
    await connection.run(`DELETE FROM grouped WHERE unit = ${ROLLUPS}`)
    await connection.run(groupRollupsSql(rows, ROLLUPS, { by, hours: all }, question.scope, grouping))
  })
  const settled = new Set(settledHours)
  const unreadable = damaged.filter((hour) => !settled.has(hour))
  const isRaw = new Set(damaged.filter((hour) => settled.has(hour)))
  const isRolledUp = new Set(all)
  await groupRaw(
    connection,
    asked,
    question,
    grouping,
    (hour) => isRaw.has(hour) || !isRolledUp.has(hour),
    signal,
  )
  return unreadable
}

/** Adds the raw events of the range to the table `grouped`. */
async function groupRaw(
  connection: DuckDBConnection,
  { database: { memoryBytes }, rawFiles }: Asked,
  question: ScopeQuestion,
  grouping: Grouping,
  isRaw: (hour: number) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { from, to } = question
  const files = await rawFiles.ofRange(from, to)
  const hours = Array.from(new Set(files.flatMap(hoursOf)))
    .filter((hour) => hour < to && hour + MINUTES_PER_HOUR > from && isRaw(hour))
    .sort((a, b) => a - b)
  const bytesMax = memoryBytes / MEMORY_PER_FILE_BYTE
  for (const [i, unit] of unitsOf(files, hours, bytesMax).entries()) {
    signal.throwIfAborted()
    const slices = slicesOf(unit, question, Math.ceil(unit.bytes / bytesMax))
    await rawFiles.read(
      unit.files,
      () => rawFiles.ofHours(unit.hours),
      async (paths) => {
        await connection.run(`DELETE FROM grouped WHERE unit = ${i}`) // files that vanished are read again
        for (const slice of slices) {
          signal.throwIfAborted()
          await connection.run(groupSql(paths, i, slice, question, grouping))
        }
      },
      { trusted: true, signal },
    )
  }
}

/** The minutes of a unit that lie in the range, in so many slices: copies of an event have one minute. */
function slicesOf({ hours }: Unit, { from, to }: ScopeQuestion, count: number): Slice[] {
  const start = Math.max(from, hours[0]!)
  const end = Math.min(to, hours.at(-1)! + MINUTES_PER_HOUR)
  const length = Math.ceil((end - start) / count)
  const slices: Slice[] = []
  for (let at = start; at < end; at += length)
    slices.push({ from: at, to: Math.min(at + length, end), hours })
  return slices
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

async function rankedPeriods(connection: DuckDBConnection, question: PeriodsQuestion) {
  const reader = await connection.runAndReadAll(rankedPeriodsSql(question))
  const rows = new Map<string | null, Aggregate[]>()
  for (const line of reader.getRows()) {
    const value = line[0] as string | null
    const sums = rows.getOrInsertComputed(value, () => question.starts.map(() => EMPTY))
    sums[Number(line.at(-1))] = aggregateOf(line)
  }
  const other = rows.get(null) ?? null
  rows.delete(null)
  return { rows: Array.from(rows as Map<string, Aggregate[]>, ([value, sums]) => ({ value, sums })), other }
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
