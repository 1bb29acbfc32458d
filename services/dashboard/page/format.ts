// Formats numbers, durations and times for people. Pure, in the reader's language and time zone.
import type { Granularity } from './ranges.ts'
import type { Measure } from './route.ts'

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })
const precise = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 })
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 })
const signedPercent = new Intl.NumberFormat(undefined, {
  style: 'percent',
  maximumFractionDigits: 1,
  signDisplay: 'exceptZero',
})
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' })
const moment = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'medium',
  hourCycle: 'h23',
})
const PERIOD_FORMATS: Readonly<Record<Granularity, Intl.DateTimeFormat>> = {
  PT1M: new Intl.DateTimeFormat(undefined, {
    ...{ weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
    hourCycle: 'h23',
  }),
  PT1H: new Intl.DateTimeFormat(undefined, {
    ...{ weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
    hourCycle: 'h23',
  }),
  P1D: new Intl.DateTimeFormat(undefined, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  }),
}

const hourMark = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const dayMark = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })

/** Shown instead of a missing number. */
export const NOTHING = '–'
const RISE_SHOWN_MAX = 10

export const wholeText = (value: number): string => whole.format(value)
/** 1.2K: for axes and lists, where the whole number is available elsewhere. */
const compactText = (value: number): string => compact.format(value)
export const percentText = (share: number): string => percent.format(share)
export const clockText = (timeMs: number): string => clock.format(timeMs)
export const momentText = (timeMs: number): string => moment.format(timeMs)
export const periodText = (timeMs: number, granularity: Granularity): string =>
  PERIOD_FORMATS[granularity].format(timeMs)

/** A time on an axis: the hour, or the date if a day begins. */
export function markText(timeMs: number, granularity: Granularity): string {
  const date = new Date(timeMs)
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0
  if (granularity !== 'P1D' && !isMidnight) return hourMark.format(date)
  return date.getDate() === 1 && date.getMonth() === 0 ? String(date.getFullYear()) : dayMark.format(date)
}

/** +12.5 %, ×14 beyond tenfold, "new" if there was nothing before. */
export function changeText(now: number, before: number): string {
  if (before === 0) return now === 0 ? '±0' : 'new'
  const ratio = now / before
  return ratio > RISE_SHOWN_MAX ? `×${precise.format(ratio)}` : signedPercent.format(ratio - 1)
}

/** Events per second: exact if few. */
export function rateText(perSecond: number): string {
  return perSecond < 10 ? precise.format(perSecond) : whole.format(perSecond)
}

/** 12.5 s, 4 min 10 s, 3 h 12 min, 1,204 h. */
export function durationText(seconds: number): string {
  const size = Math.abs(seconds)
  if (size < 60) return `${precise.format(seconds)} s`
  if (size < 3_600) return `${Math.trunc(seconds / 60)} min ${whole.format(Math.floor(size % 60))} s`
  if (size < 360_000) return `${Math.trunc(seconds / 3_600)} h ${Math.floor((size % 3_600) / 60)} min`
  return `${whole.format(seconds / 3_600)} h`
}

/** A value of a measure: counts are events, sums and averages seconds of watch time. */
export function valueText(value: number | null, measure: Measure): string {
  if (value === null) return NOTHING
  return measure === 'count' ? wholeText(value) : durationText(value)
}

/** The same, short enough for an axis. */
export function shortValueText(value: number, measure: Measure): string {
  if (measure === 'count') return compactText(value)
  if (value < 60) return `${precise.format(value)} s`
  return value < 3_600 ? `${precise.format(value / 60)} min` : `${compactText(value / 3_600)} h`
}

export function agoText(timeMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - timeMs) / 1_000))
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h ago` : `${Math.floor(seconds / 86_400)} d ago`
}
