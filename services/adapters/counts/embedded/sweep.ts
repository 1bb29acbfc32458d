// Lets go of counts that are older than they are kept and that coarser rollups stand for: of minutes, with the sums over
// them, once their hour is recounted; of hour rollups, once their whole day is. What is not recounted stays, however old.
import { dayOf, MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import { isCovered } from '../../../model/coverage.ts'
import { type CountRetention, expiredAt } from '../../../model/retention.ts'
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

/** Hours of series that go in one batch; of minutes, an hour has up to 60 rows of each source. */
const MINUTE_HOURS_MAX = 50
const ROLLUP_HOURS_MAX = 1_000

/** Leaves turns to other changes in between. Ended early it has removed less, and nothing is wrong. */
export async function sweepCounts(deps: SweepDeps, nowMs: number, retention: CountRetention): Promise<Swept> {
  const { counts, rollups } = deps
  const expired = expiredAt(nowMs, retention)
  const hourGoes = (hour: number) => isCovered(rollups.reconciled, hour, hour + MINUTES_PER_HOUR)
  const dayGoes = (hour: number) => isCovered(rollups.reconciled, dayOf(hour), dayOf(hour) + MINUTES_PER_DAY)
  const lots = (table: Table, end: number, mayGo: (hour: number) => boolean, lotMax: number) =>
    lotsOf(deps.database, { table, end, mayGo, lotMax })

  let minuteRows = 0
  for await (const hours of lots('hour', expired.minutesFrom, hourGoes, MINUTE_HOURS_MAX)) {
    minuteRows += await counts.removeHours(hours, hourGoes)
  }
  let hourRollups = 0
  for await (const hours of lots('hour-rollup', expired.hoursFrom, dayGoes, ROLLUP_HOURS_MAX)) {
    hourRollups += await rollups.removeHours(hours, dayGoes)
  }
  return { minuteRows, hourRollups }
}

type Wanted = {
  readonly table: Table
  readonly end: number
  readonly mayGo: (hour: number) => boolean
  readonly lotMax: number
}

/** The periods before `end` that may go, some at a time. */
async function* lotsOf(database: SharedDatabase, { table, end, mayGo, lotMax }: Wanted) {
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
