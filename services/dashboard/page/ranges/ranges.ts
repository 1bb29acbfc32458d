// The selectable time ranges, what they are compared with, and how finely they can be cut. Pure.
import {
  DAY_MS,
  dateOf,
  datePlusDays,
  daysOf,
  HOUR_MS,
  instantOf,
  isDate,
  type LocalDate,
  MINUTE_MS,
  monthStart,
  plusDays,
  plusYears,
  startOfDate,
  wallOf,
  weekStart,
} from './zones.ts'

export type Granularity = 'PT1M' | 'PT15M' | 'PT1H' | 'P1D' | 'P1W' | 'P1M'
export type Preset = '1h' | '24h' | '7d' | '30d' | '1y' | 'all'
/** From the one date to the other, both included. */
export type Dates = { readonly from: LocalDate; readonly to: LocalDate }
export type Range = Preset | Dates
export type Comparison = 'previous' | 'year'

type PresetWords = {
  readonly label: string
  readonly name: string
  /** Null means from the beginning. */
  readonly length: { readonly hours: number } | { readonly days: number } | null
  /** The first one is the default; none: it depends on the length. */
  readonly granularities: readonly Granularity[]
}

export const PRESETS: Readonly<Record<Preset, PresetWords>> = {
  '1h': { label: '1 h', name: 'last hour', length: { hours: 1 }, granularities: ['PT1M', 'PT15M'] },
  '24h': {
    ...{ label: '24 h', name: 'last 24 hours', length: { hours: 24 } },
    granularities: ['PT1H', 'PT15M', 'PT1M'],
  },
  '7d': {
    ...{ label: '7 d', name: 'last 7 days', length: { days: 7 } },
    granularities: ['PT1H', 'PT15M', 'P1D'],
  },
  '30d': {
    ...{ label: '30 d', name: 'last 30 days', length: { days: 30 } },
    granularities: ['P1D', 'PT1H', 'P1W'],
  },
  '1y': {
    ...{ label: 'Year', name: 'last 365 days', length: { days: 365 } },
    granularities: ['P1D', 'P1W', 'P1M'],
  },
  all: { label: 'All', name: 'all time', length: null, granularities: [] },
}
export const PRESET_NAMES = Object.keys(PRESETS) as readonly Preset[]

const LENGTH_MS: Readonly<Record<Granularity, number>> = {
  ...{ PT1M: MINUTE_MS, PT15M: 15 * MINUTE_MS, PT1H: HOUR_MS },
  ...{ P1D: DAY_MS, P1W: 7 * DAY_MS, P1M: 28 * DAY_MS },
}
/** The finest first. */
const GRANULARITIES = Object.keys(LENGTH_MS) as readonly Granularity[]
export const GRANULARITY_LABELS: Readonly<Record<Granularity, string>> = {
  ...{ PT1M: 'Minute', PT15M: '15 min', PT1H: 'Hour' },
  ...{ P1D: 'Day', P1W: 'Week', P1M: 'Month' },
}

/** The usual ones of ranges of any length; the coarsest with enough periods is taken. */
const USUAL: readonly Granularity[] = ['P1D', 'PT1H', 'PT1M']
const PERIODS_WANTED = 24
/** The most periods of a readable chart; the server's bound is not much higher. */
const PERIODS_MAX = 2_000
const PERIODS_MIN = 2
const DAYS_OF_52_WEEKS = 364
/** The server refuses ranges that lie before. */
const COUNTED_FROM_MS = Date.UTC(2000, 0, 2)

/** In epoch ms, half-open; from the beginning if `startMs` is null. */
export type Span = { readonly startMs: number | null; readonly endMs: number }

export function isPreset(text: string): text is Preset {
  return Object.hasOwn(PRESETS, text)
}

export function isGranularity(text: string): text is Granularity {
  return Object.hasOwn(LENGTH_MS, text)
}

/** In order; null if one is no date. */
export function datesOf(from: string, to: string): Dates | null {
  if (!isDate(from) || !isDate(to)) return null
  return from <= to ? { from, to } : { from: to, to: from }
}

/** A preset ends now and starts at the start of a period, so that only the last period is partial. */
export function spanOf(range: Range, granularity: Granularity, nowMs: number, zone: string): Span {
  if (typeof range !== 'string') {
    const [startMs, endMs] = datesSpan(range, zone)
    return { startMs, endMs: Math.max(startMs, Math.min(endMs, nowMs)) }
  }
  const { length } = PRESETS[range]
  if (length === null) return { startMs: null, endMs: nowMs }
  if (isByDate(granularity)) {
    const days = 'days' in length ? length.days : 1
    const start = startOfDate(zone, datePlusDays(dateOf(zone, nowMs), 1 - days))
    return { startMs: start, endMs: nowMs }
  }
  const start = startOfPeriod(nowMs, granularity, zone)
  return { startMs: start - hoursMs(length) + LENGTH_MS[granularity], endMs: nowMs }
}

/** The range has not ended yet: its last period will grow. */
export function isOpen(range: Range, nowMs: number, zone: string): boolean {
  return typeof range === 'string' || datesSpan(range, zone)[1] > nowMs
}

/** What a span is compared with: as long, directly before or a year before; null if there is none. */
export function comparedSpan(
  comparison: Comparison,
  range: Range,
  { startMs, endMs }: Span,
  granularity: Granularity,
  zone: string,
): { readonly startMs: number; readonly endMs: number } | null {
  if (range === 'all' || startMs === null) return null
  const length = typeof range === 'string' ? PRESETS[range].length! : { days: daysOf(range.from, range.to) }
  const earlier = (timeMs: number) => {
    if (comparison === 'year') return yearBefore(timeMs, granularity, zone)
    return 'hours' in length ? timeMs - hoursMs(length) : plusDays(zone, timeMs, -length.days)
  }
  const span = { startMs: earlier(startMs), endMs: earlier(endMs) }
  return span.startMs < COUNTED_FROM_MS ? null : span
}

/** Weeks are compared with weeks. */
export function yearBefore(timeMs: number, granularity: Granularity, zone: string): number {
  return granularity === 'P1W' ? plusDays(zone, timeMs, -DAYS_OF_52_WEEKS) : plusYears(zone, timeMs, -1)
}

/** The granularities for a range, the usual one first; for dates and all time they depend on its length. */
export function granularitiesFor(range: Range, lengthMs: number): readonly Granularity[] {
  const fixed = typeof range === 'string' ? PRESETS[range].granularities : []
  if (fixed.length > 0) return fixed
  const periods = (one: Granularity) => lengthMs / LENGTH_MS[one]
  const possible = GRANULARITIES.filter((one) => periods(one) >= PERIODS_MIN && periods(one) <= PERIODS_MAX)
  const usual =
    USUAL.find((one) => periods(one) >= PERIODS_WANTED && possible.includes(one)) ??
    possible.find((one) => USUAL.includes(one)) ??
    (periods('P1D') > PERIODS_MAX ? 'P1M' : 'PT1M')
  return [usual, ...possible.filter((one) => one !== usual)]
}

/** Its length, as far as it is over; 0 for all time, which is not known here. */
export function lengthOf(range: Range, nowMs: number, zone: string): number {
  const { startMs, endMs } = spanOf(range, 'PT1M', nowMs, zone)
  return startMs === null ? 0 : endMs - startMs
}

function datesSpan({ from, to }: Dates, zone: string): readonly [startMs: number, endMs: number] {
  return [startOfDate(zone, from), startOfDate(zone, datePlusDays(to, 1))]
}

function isByDate(granularity: Granularity): boolean {
  return LENGTH_MS[granularity] >= DAY_MS
}

function startOfPeriod(timeMs: number, granularity: Granularity, zone: string): number {
  const wall = wallOf(zone, timeMs)
  const length = LENGTH_MS[granularity]
  if (!isByDate(granularity)) return timeMs - (wall % length)
  const starts = { P1D: (day: number) => day, P1W: weekStart, P1M: monthStart }
  const day = wall - (wall % DAY_MS)
  return instantOf(zone, starts[granularity as keyof typeof starts](day))
}

function hoursMs(length: { readonly hours: number } | { readonly days: number }): number {
  return 'hours' in length ? length.hours * HOUR_MS : length.days * DAY_MS
}
