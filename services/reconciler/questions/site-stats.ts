// One number about all videos of a tenant together: closed hours from the rollups of the recount, open ones from the
// archive. Nothing of it is counted by the stream, so it costs the stream nothing.

import { hourOf, MINUTES_PER_HOUR, minuteOf, type Series } from '../../../model/bucket.ts'
import { type Coverage, coverageEnd, sitesKnownFrom } from '../../../model/coverage.ts'
import type { Kept } from '../../../model/retention.ts'
import { siteOf } from '../../../model/site.ts'
import { type Aggregate, add } from '../../../model/total.ts'
import type { InTime } from '../../../stores/archive/archive.ts'
import type { BreakdownReader } from '../../../stores/archive/breakdowns.ts'
import { type CountReader, PERIOD_MINUTES, type PeriodRange } from '../../../stores/counts/counts.ts'
import type { Journal } from '../../../stores/counts/journal.ts'
import type { RollupReader } from '../../../stores/counts/rollups.ts'
import type { Vouched } from '../../query/deps.ts'
import type { TotalQuestion } from '../../query/question/questions.ts'
import { importingIn, latestImports } from '../../query/read/importing.ts'
import { bothVouched } from '../../query/read/rebuilt.ts'
import { StitchedReader } from '../../query/read/stitched-reader.ts'
import { getStats, type TotalAnswer } from '../../query/stats.ts'
import type { HowFarArchived } from '../archiving/archived.ts'
import type { Removals } from '../operators/admin-acts.ts'
import { completeFrom } from '../recount/due-hours.ts'

export type SiteStatsDeps = {
  readonly archive: Pick<BreakdownReader, 'minutes'>
  /** The window in which the stream counts events. */
  readonly inTime: InTime
  readonly rollups: RollupReader
  readonly journal: Pick<Journal, 'latest'>
  /** How fine the counts of videos are. */
  readonly kept: (coverage: Coverage | null) => Kept
  readonly removals: (fromMinute: number) => Promise<Removals>
  /** See BreakdownDeps. */
  readonly vouched: () => Promise<Vouched | null>
  readonly clock: { nowMs(): number }
}

/** Single minutes are read from raw events: of the last hours only. Before, there are quarters of hours. */
const MINUTES_KEPT = 6 * MINUTES_PER_HOUR

/** Fails with ProblemError `invalid-request`, with the errors of the stores, and when aborted. */
export async function getSiteStats(
  deps: SiteStatsDeps,
  tenant: string,
  question: TotalQuestion,
  archived: HowFarArchived,
  signal: AbortSignal,
): Promise<TotalAnswer> {
  const known = await deps.vouched()
  const coverage = await deps.rollups.readReconciled()
  const importing = importingIn(await latestImports(deps.journal), coverage)
  const kept = (): Kept => {
    const { minutesFrom, hoursFrom } = deps.kept(coverage)
    const recent = hourOf(minuteOf(deps.clock.nowMs())) - MINUTES_KEPT
    return { minutesFrom: Math.max(minutesFrom, recent), hoursFrom }
  }
  const { inTime, rollups } = deps
  const openFrom = coverage === null ? 0 : coverageEnd(coverage)
  const knownFrom = completeFrom(archived.missingBeforeMs, inTime)
  const counts = new ArchivedCounts(deps, openFrom, knownFrom, signal)
  const { videoId } = siteOf(tenant, question.eventType)
  const isFromBeginning = question.range.from === null
  const { videoId: _, ...answer } = await getStats(
    {
      counts: new StitchedReader({ counts, rollups, coverage: () => coverage, kept }),
      progress: () => archived,
      coverage: () => coverage,
      vouched: () => bothVouched(known, vouchedBy(coverage, isFromBeginning)),
      importing: () => importing,
      kept,
    },
    tenant,
    { ...question, videoId },
  )
  return answer
}

/** Hours of which no total was ever added up are not vouched for; nor then is anything from the beginning. */
function vouchedBy(coverage: Coverage | null, isFromBeginning: boolean): Vouched | null {
  const fromMinute = sitesKnownFrom(coverage)
  if (fromMinute === 0) return null
  return {
    fromMinute: isFromBeginning ? Number.POSITIVE_INFINITY : fromMinute,
    toMs: Number.POSITIVE_INFINITY,
  }
}

/** What the archive says of all videos of a tenant, for hours that are not recounted yet. */
class ArchivedCounts implements CountReader {
  readonly #deps: SiteStatsDeps
  readonly #openFrom: number
  readonly #knownFrom: number
  readonly #signal: AbortSignal

  /** Hours before `openFrom` are recounted; raw events of minutes before `knownFrom` may be missing. */
  constructor(deps: SiteStatsDeps, openFrom: number, knownFrom: number, signal: AbortSignal) {
    this.#deps = deps
    this.#openFrom = openFrom
    this.#knownFrom = knownFrom
    this.#signal = signal
  }

  async read({ tenant, type }: Series, { resolution, from, to }: PeriodRange) {
    const { minutes, unreadableHours } = await this.#minutes(tenant, type, from, to)
    const length = PERIOD_MINUTES[resolution]
    const periods = new Map<number, Aggregate>()
    for (const { minute, aggregate } of minutes) {
      const start = Math.floor(minute / length) * length
      const held = periods.get(start)
      periods.set(start, held === undefined ? aggregate : add(held, aggregate))
    }
    return {
      periods: Array.from(periods, ([start, aggregate]) => ({ start, aggregate })),
      stale: unreadableHours.length > 0 || from < this.#knownFrom,
    }
  }

  /** Types of a site are not listed. */
  async types(): Promise<readonly string[]> {
    return []
  }

  /** Of those that are not recounted. */
  async firstMinute({ tenant, type }: Series): Promise<number | null> {
    const end = minuteOf(this.#deps.clock.nowMs()) + MINUTES_PER_HOUR // events may be a little ahead
    const { minutes } = await this.#minutes(tenant, type, this.#openFrom, end)
    return minutes[0]?.minute ?? null
  }

  async #minutes(tenant: string, type: string, from: number, to: number) {
    const { archive, clock, inTime, removals } = this.#deps
    const end = minuteOf(clock.nowMs()) + MINUTES_PER_HOUR // no event is further ahead
    if (from >= end) return { minutes: [], unreadableHours: [] }
    const removed = (await removals(from)).all?.filter((one) => one.tenant === tenant) ?? []
    const scope = { tenant, videoIds: null, types: [type], removed }
    return archive.minutes({ ...inTime, scope, from, to: Math.min(to, end) }, this.#signal)
  }
}
