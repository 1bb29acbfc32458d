// Formats numbers, durations and times for people: in the reader's language, and in one time zone for the whole page.

import type { TickUnit } from './charts/ticks.ts'
import { type Dates, type Granularity, PRESETS, type Range } from './ranges/ranges.ts'
import { browserZone, DAY_MS, offsetText, wallOf } from './ranges/zones.ts'
import type { Measure } from './route.ts'

const NUMBERS = {
  whole: { maximumFractionDigits: 0 },
  precise: { maximumFractionDigits: 1 },
  /** 1.2K: for axes and lists, where the whole number is available elsewhere. */
  compact: { notation: 'compact', maximumSignificantDigits: 3 },
  percent: { style: 'percent', maximumFractionDigits: 1 },
  change: { style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' },
} as const satisfies Readonly<Record<string, Intl.NumberFormatOptions>>

const HOUR = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
const DAY = { day: 'numeric', month: 'short' } as const
const TIMES = {
  clock: { timeStyle: 'medium', hourCycle: 'h23' },
  moment: { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' },
  hour: HOUR,
  hourOfDay: { weekday: 'short', ...DAY, ...HOUR },
  day: DAY,
  date: { ...DAY, year: 'numeric' },
  dayOfWeek: { weekday: 'short', ...DAY, year: 'numeric' },
  month: { month: 'short' },
  monthOfYear: { month: 'long', year: 'numeric' },
  year: { year: 'numeric' },
} as const satisfies Readonly<Record<string, Intl.DateTimeFormatOptions>>
const PERIODS: Readonly<Record<Granularity, keyof typeof TIMES>> = {
  ...{ PT1M: 'hourOfDay', PT15M: 'hourOfDay', PT1H: 'hourOfDay' },
  ...{ P1D: 'dayOfWeek', P1W: 'date', P1M: 'monthOfYear' },
}
const MARKS: Readonly<Record<TickUnit, keyof typeof TIMES>> = {
  ...{ minute: 'hour', hour: 'hour', day: 'day', month: 'month', year: 'year' },
}

/** Made when they are needed: each takes a phone some milliseconds. */
const numbers = new Map<keyof typeof NUMBERS, Intl.NumberFormat>()
const times = new Map<keyof typeof TIMES, Intl.DateTimeFormat>()
let zone: string | null = null

function numberText(form: keyof typeof NUMBERS, value: number): string {
  const format = numbers.get(form) ?? new Intl.NumberFormat(undefined, NUMBERS[form])
  numbers.set(form, format)
  return format.format(value)
}

function timeText(form: keyof typeof TIMES, timeMs: number): string {
  const format =
    times.get(form) ?? new Intl.DateTimeFormat(undefined, { ...TIMES[form], timeZone: shownZone() })
  times.set(form, format)
  return format.format(timeMs)
}

/** From now on, times are those of this zone. */
export function showTimesIn(shown: string): void {
  if (shown === zone) return
  zone = shown
  times.clear()
}

/** The zone whose times are shown. */
export function shownZone(): string {
  zone ??= browserZone()
  return zone
}

/** Shown instead of a missing number. */
export const NOTHING = '–'
const RISE_SHOWN_MAX = 10
/** What is less, and not nothing, is shown as less. */
const RATE_SHOWN_MIN = 0.1

export const wholeText = (value: number): string => numberText('whole', value)
export const percentText = (share: number): string => numberText('percent', share)
export const clockText = (timeMs: number): string => timeText('clock', timeMs)
export const momentText = (timeMs: number): string => timeText('moment', timeMs)
export const dateText = (timeMs: number): string => timeText('date', timeMs)
export function periodText(timeMs: number, granularity: Granularity): string {
  const text = timeText(PERIODS[granularity], timeMs)
  return granularity === 'P1W' ? `week of ${text}` : text
}

/** The dates of a range: 1 – 7 Nov 2026. */
export function datesText({ from, to }: Dates): string {
  // They are dates already, in no zone.
  const format = new Intl.DateTimeFormat(undefined, { ...TIMES.date, timeZone: 'UTC' })
  return format.formatRange(Date.parse(from), Date.parse(to))
}

/** In which zone times are shown, with its offset at a moment. */
export function timesText(timeMs: number): string {
  const zone = shownZone()
  const offset = offsetText(zone, timeMs)
  return `Times in ${zone.replaceAll('_', ' ')}${offset === zone ? '' : ` (${offset})`}`
}

/** A time on an axis: the hour, or the date if a day begins there; the year where a year does. */
export function markText(timeMs: number, unit: TickUnit): string {
  const isSmall = unit === 'minute' || unit === 'hour'
  if (isSmall && wallOf(shownZone(), timeMs) % DAY_MS !== 0) return timeText(MARKS[unit], timeMs)
  if (unit === 'month' && isJanuary(timeMs)) return timeText('year', timeMs)
  return timeText(MARKS[isSmall ? 'day' : unit], timeMs)
}

function isJanuary(timeMs: number): boolean {
  return new Date(wallOf(shownZone(), timeMs)).getUTCMonth() === 0
}

/** Continues "Views,". */
export function rangeName(range: Range): string {
  return typeof range === 'string' ? PRESETS[range].name : datesText(range)
}

/** +12.5 %, ×14 beyond tenfold, "new" if there was nothing before. */
export function changeText(now: number, before: number): string {
  if (before === 0) return now === 0 ? '±0' : 'new'
  const ratio = now / before
  return ratio > RISE_SHOWN_MAX ? `×${numberText('precise', ratio)}` : numberText('change', ratio - 1)
}

/** Events per second: exact if few. */
export function rateText(perSecond: number): string {
  if (perSecond > 0 && perSecond < RATE_SHOWN_MIN / 2) return `<${numberText('precise', RATE_SHOWN_MIN)}`
  return numberText(perSecond < 10 ? 'precise' : 'whole', perSecond)
}

/** 12.5 s, 4 min 10 s, 3 h 12 min, 1,204 h. */
export function durationText(seconds: number): string {
  const size = Math.abs(seconds)
  if (size < 60) return `${numberText('precise', seconds)} s`
  if (size < 3_600) return `${Math.trunc(seconds / 60)} min ${wholeText(Math.floor(size % 60))} s`
  if (size < 360_000) return `${Math.trunc(seconds / 3_600)} h ${Math.floor((size % 3_600) / 60)} min`
  return `${wholeText(seconds / 3_600)} h`
}

/** A value of a measure: counts are events, sums and averages seconds of watch time. */
export function valueText(value: number | null, measure: Measure): string {
  if (value === null) return NOTHING
  return measure === 'count' ? wholeText(value) : durationText(value)
}

/** The same, short enough for an axis. */
export function shortValueText(value: number, measure: Measure): string {
  if (measure === 'count') return numberText('compact', value)
  if (value < 60) return `${numberText('precise', value)} s`
  return value < 3_600
    ? `${numberText('precise', value / 60)} min`
    : `${numberText('compact', value / 3_600)} h`
}

export function agoText(timeMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - timeMs) / 1_000))
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h ago` : `${Math.floor(seconds / 86_400)} d ago`
}
