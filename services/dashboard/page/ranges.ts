// The selectable time ranges and their granularities. In the reader's own time zone. Pure.

export type Granularity = 'PT1M' | 'PT1H' | 'P1D'
export type Range = '1h' | '24h' | '7d' | '30d' | '1y' | 'all'

type Preset = {
  readonly label: string
  readonly name: string
  /** Null means from the beginning. */
  readonly length: { readonly hours: number } | { readonly days: number } | null
  /** The first one is the default. */
  readonly granularities: readonly Granularity[]
}

export const PRESETS: Readonly<Record<Range, Preset>> = {
  '1h': { label: '1 h', name: 'last hour', length: { hours: 1 }, granularities: ['PT1M'] },
  '24h': { label: '24 h', name: 'last 24 hours', length: { hours: 24 }, granularities: ['PT1H', 'PT1M'] },
  '7d': { label: '7 d', name: 'last 7 days', length: { days: 7 }, granularities: ['PT1H', 'P1D'] },
  '30d': { label: '30 d', name: 'last 30 days', length: { days: 30 }, granularities: ['P1D', 'PT1H'] },
  '1y': { label: 'Year', name: 'last 365 days', length: { days: 365 }, granularities: ['P1D'] },
  all: { label: 'All', name: 'all time', length: null, granularities: ['P1D', 'PT1H', 'PT1M'] },
}
export const RANGES = Object.keys(PRESETS) as readonly Range[]
export const GRANULARITY_LABELS: Readonly<Record<Granularity, string>> = {
  PT1M: 'Minute',
  PT1H: 'Hour',
  P1D: 'Day',
}

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
const LENGTH_MS: Readonly<Record<Granularity, number>> = { PT1M: MINUTE_MS, PT1H: HOUR_MS, P1D: DAY_MS }
/** The most periods of a readable chart; the server's bound is not much higher. */
const PERIODS_MAX = 2_000
const PERIODS_WANTED = 24

/** In epoch ms, half-open; from the beginning if `startMs` is null. */
export type Span = { readonly startMs: number | null; readonly endMs: number }

export function isRange(text: string): text is Range {
  return Object.hasOwn(PRESETS, text)
}

export function isGranularity(text: string): text is Granularity {
  return Object.hasOwn(LENGTH_MS, text)
}

/** Ends now and starts at the start of a period, so that only the last period is partial. */
export function spanOf(range: Range, granularity: Granularity, nowMs: number): Span {
  const { length } = PRESETS[range]
  if (length === null) return { startMs: null, endMs: nowMs }
  const start = startOfPeriod(nowMs, granularity)
  if (granularity === 'P1D') start.setDate(start.getDate() - ('days' in length ? length.days : 1) + 1)
  else start.setTime(start.getTime() - lengthMs(length) + LENGTH_MS[granularity])
  return { startMs: start.getTime(), endMs: nowMs }
}

/** The span of the same length, shifted back by the length of the range; null if there is none. */
export function previousSpan(
  range: Range,
  { startMs, endMs }: Span,
): { startMs: number; endMs: number } | null {
  const { length } = PRESETS[range]
  if (length === null || startMs === null) return null
  if ('hours' in length) {
    return { startMs: startMs - lengthMs(length), endMs: endMs - lengthMs(length) }
  }
  return { startMs: daysEarlier(startMs, length.days), endMs: daysEarlier(endMs, length.days) }
}

/** The granularities for a range; for all time they depend on its length. */
export function granularitiesFor(range: Range, lengthMs: number | null): readonly Granularity[] {
  const { granularities } = PRESETS[range]
  if (range !== 'all' || lengthMs === null) return granularities
  const possible = granularities.filter((one) => lengthMs / LENGTH_MS[one] <= PERIODS_MAX)
  const usual = possible.find((one) => lengthMs / LENGTH_MS[one] >= PERIODS_WANTED) ?? possible.at(-1)
  return usual === undefined ? ['P1D'] : [usual, ...possible.filter((one) => one !== usual)]
}

function startOfPeriod(timeMs: number, granularity: Granularity): Date {
  const date = new Date(timeMs)
  date.setSeconds(0, 0)
  if (granularity !== 'PT1M') date.setMinutes(0)
  if (granularity === 'P1D') date.setHours(0)
  return date
}

function lengthMs(length: { readonly hours: number } | { readonly days: number }): number {
  return 'hours' in length ? length.hours * HOUR_MS : length.days * DAY_MS
}

/** By the calendar: a day may have 23 or 25 hours. */
function daysEarlier(timeMs: number, days: number): number {
  const date = new Date(timeMs)
  date.setDate(date.getDate() - days)
  return date.getTime()
}
