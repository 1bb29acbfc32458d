// Epoch times in files: seconds, milliseconds, microseconds or nanoseconds. Pure.
import { timeMsOf } from '../../model/parse-time.ts'
import { parseDateTimeMs } from '../replay/row.ts'

export const TIME_UNITS = ['s', 'ms', 'us', 'ns'] as const
export type TimeUnit = (typeof TIME_UNITS)[number]

export const UNIT_NAMES: Readonly<Record<TimeUnit, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
}

/** Units of a millisecond, or how many milliseconds a unit has. */
const PER_MS: Readonly<Record<TimeUnit, bigint>> = { s: 0n, ms: 1n, us: 1_000n, ns: 1_000_000n }

/** Guesses the unit by magnitude: seconds up to the year 5138, the other units from 1973 on. */
const LESS_THAN: readonly (readonly [TimeUnit, number])[] = [
  ['s', 1e11],
  ['ms', 1e14],
  ['us', 1e17],
]
const EPOCH = /^(-?)(\d{1,20})(?:\.(\d{1,20}))?$/

export type ReadTime = {
  readonly timeMs: number
  /** Null for a date-time, which has no unit. */
  readonly unit: TimeUnit | null
}

/**
 * A date-time as the front door accepts it, or a looser one (see row.ts), or a number since the epoch, cut to the
 * millisecond; null if it is neither.
 * @param unit null: by magnitude
 */
export function readTime(text: string, unit: TimeUnit | null): ReadTime | null {
  const parts = EPOCH.exec(text)
  if (parts === null) {
    const timeMs = timeMsOf(text) ?? parseDateTimeMs(text)
    return Number.isNaN(timeMs) ? null : { timeMs, unit: null }
  }
  const [, sign, whole, fraction = ''] = parts
  const chosen = unit ?? LESS_THAN.find(([, end]) => Number(whole) < end)?.[0] ?? 'ns'
  const timeMs = wholeMs(BigInt(whole!), fraction, chosen, sign === '-')
  return Number.isSafeInteger(timeMs) ? { timeMs, unit: chosen } : null
}

/** Rounded down, also before the epoch, so that a time stays in its minute. */
function wholeMs(whole: bigint, fraction: string, unit: TimeUnit, isNegative: boolean): number {
  const perMs = PER_MS[unit]
  const digits = unit === 's' ? fraction.slice(0, 3).padEnd(3, '0') : ''
  const rest = unit === 's' ? fraction.slice(3) : fraction
  const ms = perMs === 0n ? whole * 1_000n + BigInt(digits) : whole / perMs
  const isCut = /[1-9]/.test(rest) || (perMs > 1n && whole % perMs !== 0n)
  if (!isNegative) return Number(ms)
  return -Number(ms) - (isCut ? 1 : 0) + 0 // -0 + 0 is 0
}
