// Removes counts that are older than their retention and that coarser rollups replace: minutes, with the sums over
// them, once their hour is recounted and rolled up; hour rollups, once their whole day is. Anything else stays,
// however old it is.
import { DAY_MS, dayOf, MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import { isCovered } from '../../../model/coverage.ts'
import { type CountRetention, expiredAt, keptUnlessCovered } from '../../../model/retention.ts'
import type { RollupReader } from '../rollups.ts'
import type { EmbeddedCounts } from './embedded-counts.ts'
import type { EmbeddedRollups } from './embedded-rollups.ts'
import { parsePeriodKey, pastSeries, type SeriesPeriod, type Table, tableRange } from './rows.ts'
import type { SharedDatabase } from './shared-database.ts'

export type SweepDeps = {
  readonly database: SharedDatabase
  readonly counts: EmbeddedCounts
  readonly rollups: EmbeddedRollups
}

/** What was removed. */
export type Swept = { readonly minuteRows: number; readonly hourRollups: number }

/** Hours of series that are removed in one batch; an hour has up to 60 rows of minutes for each source. */
const MINUTE_HOURS_MAX = 50
const ROLLUP_HOURS_MAX = 1_000
/**
 * Days are added up from their hours: the hours of a day that is still being filled by imports stay for this long.
 */
const SETTLED_MS = 30 * DAY_MS

/** Lets other changes run in between. If it ends early it has removed less, which is harmless. */
export async function sweepCounts(
  deps: SweepDeps,
  nowMs: number,
  retention: CountRetention,
  signal?: AbortSignal,
): Promise<Swept> {
  const { counts, rollups } = deps
  // No further than is recounted now, also where the clock is years ahead: what is noted as removed is not taken back.
  const ends = keptUnlessCovered(expiredAt(nowMs, retention), rollups.reconciled)
  const isHourCovered = (hour: number) => isCovered(rollups.reconciled, hour, hour + MINUTES_PER_HOUR)
  const isDayCovered = (hour: number) =>
    isCovered(rollups.reconciled, dayOf(hour), dayOf(hour) + MINUTES_PER_DAY)
  await rollups.noteSwept(ends)
  let [minuteRows, hourRollups] = [0, 0]

  const minutes: Wanted = {
    table: 'hour',
    end: ends.minutesFrom,
    mayGo: isHourCovered,
    lotMax: MINUTE_HOURS_MAX,
  }
  for await (const hours of lotsOf(deps.database, minutes)) {
    if (signal?.aborted) break
    minuteRows += await counts.removeHours(await rollups.rolledUp(hours), isHourCovered)
  }

  const hours: Wanted = {
    table: 'hour-rollup',
    end: ends.hoursFrom,
    mayGo: isDayCovered,
    lotMax: ROLLUP_HOURS_MAX,
  }
  let unsettled: ReadonlySet<number> | null = null
  for await (const lot of lotsOf(deps.database, hours)) {
    if (signal?.aborted) break
    unsettled ??= await daysRecountedSince(rollups, nowMs - SETTLED_MS, ends.hoursFrom)
    const settled = lot.filter(({ start }) => !unsettled!.has(dayOf(start)))
    hourRollups += await rollups.removeHours(settled, isDayCovered)
  }
  return { minuteRows, hourRollups }
}

async function daysRecountedSince(rollups: RollupReader, sinceMs: number, end: number): Promise<Set<number>> {
  const audits = await rollups.readHours(0, end)
  return new Set(audits.filter(({ recountedMs }) => recountedMs >= sinceMs).map(({ hour }) => dayOf(hour)))
}

type Wanted = {
  readonly table: Table
  readonly end: number
  readonly mayGo: (hour: number) => boolean
  readonly lotMax: number
}

/** The removable periods before `end`, in batches. */
async function* lotsOf(
  database: SharedDatabase,
  { table, end, mayGo, lotMax }: Wanted,
): AsyncGenerator<readonly SeriesPeriod[]> {
  let lot: SeriesPeriod[] = []
  const leapPastEnd = (key: string) => {
    const { series, start } = parsePeriodKey(table, key)
    return start < end ? null : pastSeries(table, series)
  }
  for await (const key of database.walk(tableRange(table), leapPastEnd)) {
    const period = parsePeriodKey(table, key)
    if (mayGo(period.start)) lot.push(period)
    if (lot.length < lotMax) continue
    yield lot
    lot = []
  }
  if (lot.length > 0) yield lot
}
