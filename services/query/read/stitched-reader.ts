// Joins the two layers: reads the batch layer's rollups for recounted hours and days, where they are the truth. All
// other periods, and all minutes, come from the counts, which hold the corrections too. It caches nothing.

import { mapBounded } from '../../../lib/map-bounded.ts'
import { dayOf, hourOf, MINUTES_PER_DAY, MINUTES_PER_HOUR, type Series } from '../../../model/bucket.ts'
import { type Coverage, coverageEnd, exceptionsIn, isCovered } from '../../../model/coverage.ts'
import type { Kept } from '../../../model/retention.ts'
import { add, EMPTY, withoutLost } from '../../../model/total.ts'
import type { CountReader, Period, PeriodRange } from '../../../stores/counts/counts.ts'
import type { RollupReader } from '../../../stores/counts/rollups.ts'
import type { MinuteRange } from '../question/vocabulary.ts'

export type StitchedDeps = {
  readonly counts: CountReader
  readonly rollups: RollupReader
  /** Null before the first recount. */
  readonly coverage: () => Coverage | null
  /** Which finer periods may have expired: there an old rollup says more than the counts. */
  readonly kept: () => Kept
}

type Answer = { readonly periods: readonly Period[]; readonly stale: boolean }

const NOTHING: Answer = { periods: [], stale: false }
const READS_IN_FLIGHT_MAX = 8
/** Ranges that are closer than this are read in one call … */
const JOIN_GAP_MAX = MINUTES_PER_DAY
/** … unless the call would be longer than this. */
const JOINED_LENGTH_MAX = 400 * MINUTES_PER_DAY

export class StitchedReader implements CountReader {
  readonly #deps: StitchedDeps

  constructor(deps: StitchedDeps) {
    this.#deps = deps
  }

  async read(series: Series, range: PeriodRange): Promise<Answer> {
    const coverage = this.#deps.coverage()
    if (coverage === null || range.resolution === 'minute') return this.#deps.counts.read(series, range)
    return range.resolution === 'day'
      ? this.#days(series, range, coverage)
      : this.#hours(series, range, coverage)
  }

  async types(tenant: string, videoId: string): Promise<readonly string[]> {
    const { counts, rollups } = this.#deps
    const [counted, rolled] = await Promise.all([
      counts.types(tenant, videoId),
      rollups.rollupTypes(tenant, videoId),
    ])
    return Array.from(new Set([...counted, ...rolled])).sort()
  }

  /** Rounded to the hour or the day if no minutes are left. */
  async firstMinute(series: Series): Promise<number | null> {
    const { counts, rollups, coverage } = this.#deps
    const [counted, rolled] = await Promise.all([counts.firstMinute(series), rollups.firstRollup(series)])
    if (counted === null || rolled === null) return counted ?? rolled
    if (counted < rolled) return isCovered(coverage(), counted, rolled) ? rolled : counted
    return counted < rolled + MINUTES_PER_HOUR ? counted : rolled
  }

  /**
   * Hours, or quarters of hours, which are covered if their hours are. If a rollup has no quarters, the counts have
   * them as long as its minutes exist.
   */
  async #hours(series: Series, range: PeriodRange, coverage: Coverage): Promise<Answer> {
    const { counts, rollups, kept } = this.#deps
    const { from, to } = range
    const coveredTo = coverageEnd(coverage)
    const end = Math.min(Math.max(coveredTo, from), to)
    const open = exceptionsIn(coverage, from, end)
    const uncovered = [...open.map((hour) => partOf(hour, range)), { from: end, to }]
    const readCounts = (runs: readonly MinuteRange[]) =>
      eachOf(runs, (run) => counts.read(series, { ...range, ...run }))
    const [rolled, counted] = await Promise.all([
      from < end ? rollups.readRollups(series, { ...range, to: end }) : NOTHING,
      readCounts(uncovered),
    ])
    const isOpen = memberOf(open)
    const whole = rolled.periods.filter(({ isWholeHour }) => isWholeHour).map(({ start }) => start)
    const finer = whole.filter((hour) => hour >= kept().minutesFrom && !isOpen(hour))
    const isFiner = memberOf(finer)
    const addedUp = await readCounts(finer.map((hour) => partOf(hour, range)))
    const other = together([only(counted, (hour) => !isFiner(hour)), only(addedUp, isFiner)])
    return choose(rolled, other, {
      isRolled: (hour) => hour < coveredTo && !isOpen(hour) && !isFiner(hour),
      prefersRolled: (hour) => isOpen(hour) && hour < kept().minutesFrom,
    })
  }

  async #days(series: Series, { from, to }: MinuteRange, coverage: Coverage): Promise<Answer> {
    const { counts, rollups, kept } = this.#deps
    const coveredTo = coverageEnd(coverage)
    const end = Math.min(Math.max(dayOf(coveredTo), from), to)
    const mixed = Array.from(new Set(exceptionsIn(coverage, from, end).map(dayOf)))
    const tail = end < to && end < coveredTo ? end + MINUTES_PER_DAY : end
    if (tail > end) mixed.push(end)
    const [rolled, byHour, counted] = await Promise.all([
      from < end ? rollups.readRollups(series, { resolution: 'day', from, to: end }) : NOTHING,
      eachOf(
        mixed.map((day) => ({ from: day, to: day + MINUTES_PER_DAY })),
        (run) => this.#hours(series, { resolution: 'hour', ...run }, coverage),
      ),
      tail < to ? counts.read(series, { resolution: 'day', from: tail, to }) : NOTHING,
    ])
    const isMixed = memberOf(mixed)
    return choose(rolled, together([daysOf(byHour), counted]), {
      isRolled: (day) => day < end && !isMixed(day),
      prefersRolled: (day) => isMixed(day) && day < kept().hoursFrom,
    })
  }
}

/** Decisions by the hour of a period; for a day, its first hour. */
type Choice = {
  /** The rollup is the truth, even if it has no row. */
  readonly isRolled: (hour: number) => boolean
  /** The rollup says more, if it has a row. */
  readonly prefersRolled: (hour: number) => boolean
}

function choose(rolled: Answer, other: Answer, { isRolled, prefersRolled }: Choice): Answer {
  const taken = only(rolled, (hour) => isRolled(hour) || prefersRolled(hour)).periods
  const isTaken = memberOf(taken.map(({ start }) => hourOf(start)))
  const rest = only(other, (hour) => !isRolled(hour) && !isTaken(hour)).periods
  const periods = [...taken, ...rest].sort((a, b) => a.start - b.start)
  return { periods, stale: rolled.stale || other.stale }
}

function only({ periods, stale }: Answer, isWanted: (hour: number) => boolean): Answer {
  return { periods: periods.filter(({ start }) => isWanted(hourOf(start))), stale }
}

/** The part of an hour that lies in a range. */
function partOf(hour: number, { from, to }: MinuteRange): MinuteRange {
  return { from: Math.max(hour, from), to: Math.min(hour + MINUTES_PER_HOUR, to) }
}

function daysOf({ periods, stale }: Answer): Answer {
  const days = new Map<number, Period>()
  for (const { start, aggregate } of periods) {
    const day = dayOf(start)
    const sum = add(days.get(day)?.aggregate ?? EMPTY, withoutLost(aggregate))
    days.set(day, { start: day, aggregate: sum })
  }
  return { periods: Array.from(days.values()), stale }
}

/** Reads ranges in order of time, close ones in one call, so that the answer may hold more than the ranges. */
async function eachOf(ranges: readonly MinuteRange[], read: (range: MinuteRange) => Promise<Answer>) {
  return together(await mapBounded(joined(ranges), READS_IN_FLIGHT_MAX, read))
}

function joined(ranges: readonly MinuteRange[]): MinuteRange[] {
  const runs: { from: number; to: number }[] = []
  for (const { from, to } of ranges) {
    const last = runs.at(-1)
    if (from === to) continue
    if (last !== undefined && from - last.to <= JOIN_GAP_MAX && to - last.from <= JOINED_LENGTH_MAX)
      last.to = to
    else runs.push({ from, to })
  }
  return runs
}

function together(answers: readonly Answer[]): Answer {
  return {
    periods: answers.flatMap(({ periods }) => periods),
    stale: answers.some(({ stale }) => stale),
  }
}

function memberOf(starts: readonly number[]): (start: number) => boolean {
  const members = new Set(starts)
  return (start) => members.has(start)
}
