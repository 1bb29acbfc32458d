// Where the marks of a time axis are: at round times of the local clock and calendar. Pure.
import { DAY_MS, HOUR_MS, instantOf, MINUTE_MS, monthStart, wallOf, weekStart } from '../ranges/zones.ts'

export type TickUnit = 'minute' | 'hour' | 'day' | 'month' | 'year'
export type Ticks = { readonly unit: TickUnit; readonly times: readonly number[] }

/** `first`: the last mark that is not after a wall time; `next`: the one after a mark. */
type Step = {
  readonly unit: TickUnit
  readonly lengthMs: number
  readonly first: (wallMs: number) => number
  readonly next: (wallMs: number) => number
}

const MONTH_MS = 28 * DAY_MS
const YEAR_MS = 365 * DAY_MS
const MONTHS_PER_YEAR = 12

const STEPS: readonly Step[] = [
  ...[1, 2, 5, 10, 15, 20, 30].map((count) => evenly('minute', count * MINUTE_MS)),
  ...[1, 2, 3, 6, 12].map((count) => evenly('hour', count * HOUR_MS)),
  ...[1, 2].map((count) => evenly('day', count * DAY_MS)),
  weeks(1),
  weeks(2),
  ...[1, 2, 3, 6].map((count) => months('month', count, MONTH_MS)),
  ...[1, 2, 5, 10, 50].map((count) => months('year', count * MONTHS_PER_YEAR, YEAR_MS / MONTHS_PER_YEAR)),
]

/** About `countMax` marks at most, in [fromMs, toMs]. */
export function ticksOf(fromMs: number, toMs: number, countMax: number, zone: string): Ticks {
  const wanted = (toMs - fromMs) / Math.max(1, countMax)
  const { unit, first, next } = STEPS.find(({ lengthMs }) => lengthMs >= wanted) ?? STEPS.at(-1)!
  const times: number[] = []
  const last = wallOf(zone, toMs)
  for (let wall = first(wallOf(zone, fromMs)); wall <= last; wall = next(wall)) {
    const timeMs = instantOf(zone, wall)
    if (timeMs >= Math.max(fromMs, (times.at(-1) ?? 0) + 1) && timeMs <= toMs) times.push(timeMs)
  }
  return { unit, times }
}

function evenly(unit: TickUnit, lengthMs: number): Step {
  return {
    ...{ unit, lengthMs },
    first: (wallMs) => Math.floor(wallMs / lengthMs) * lengthMs,
    next: (wallMs) => wallMs + lengthMs,
  }
}

/** On Mondays. */
function weeks(count: number): Step {
  const lengthMs = 7 * count * DAY_MS
  return { unit: 'day', lengthMs, first: weekStart, next: (wallMs) => wallMs + lengthMs }
}

function months(unit: TickUnit, count: number, monthMs: number): Step {
  const numberOf = (wallMs: number) => {
    const date = new Date(wallMs)
    return date.getUTCFullYear() * MONTHS_PER_YEAR + date.getUTCMonth()
  }
  const startOf = (month: number) => Date.UTC(Math.floor(month / MONTHS_PER_YEAR), month % MONTHS_PER_YEAR)
  return {
    ...{ unit, lengthMs: count * monthMs },
    first: (wallMs) => startOf(Math.floor(numberOf(monthStart(wallMs)) / count) * count),
    next: (wallMs) => startOf(numberOf(wallMs) + count),
  }
}
