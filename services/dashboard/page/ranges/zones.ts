// Local time and the calendar in a zone of the IANA database, by the zone data of the browser. Pure.
import { lazy } from '../lazy.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** Of the local calendar, as an `<input type="date">` writes it: 2026-11-30. */
export type LocalDate = string

const ZONE = /^[A-Za-z][\w+-]*(\/[\w+-]+)*$/
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
/** Nothing was counted before. */
const YEAR_MIN = 2000
const DAYS_PER_WEEK = 7
/** The epoch was a Thursday: so many days after a Monday. */
const EPOCH_WEEKDAY = 3

/** Newer browsers know it without having to load how dates are written, which takes a phone a quarter of a second. */
export const browserZone = lazy((): string => {
  if ('Temporal' in globalThis) return Temporal.Now.timeZoneId()
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
})

export function isZone(text: string): boolean {
  if (!ZONE.test(text)) return false
  try {
    new Intl.DateTimeFormat(undefined, { timeZone: text })
    return true
  } catch {
    return false
  }
}

export function isDate(text: string): text is LocalDate {
  const [, year, month, day] = DATE.exec(text) ?? []
  if (year === undefined || Number(year) < YEAR_MIN) return false
  return dateOfWall(Date.UTC(Number(year), Number(month) - 1, Number(day))) === text
}

/** What a local clock shows, as if it were UTC: wall time, in ms. */
export function wallOf(zone: string, timeMs: number): number {
  if (zone === browserZone()) return timeMs - new Date(timeMs).getTimezoneOffset() * MINUTE_MS // much sooner known
  const parts = clockOf(zone).formatToParts(timeMs)
  const part = (type: string) => Number(parts.find((one) => one.type === type)!.value)
  const [year, month, day] = [part('year'), part('month'), part('day')]
  const wall = Date.UTC(year, month - 1, day, part('hour'), part('minute'), part('second'))
  return wall + (((timeMs % 1_000) + 1_000) % 1_000)
}

/**
 * When a local clock shows it: the first time, if it does so twice; if it never does, as much later as the clock is
 * put forward.
 */
export function instantOf(zone: string, wallMs: number): number {
  const [before, after] = [wallMs - DAY_MS, wallMs + DAY_MS].map((timeMs) => wallOf(zone, timeMs) - timeMs)
  const fitting = [wallMs - before!, wallMs - after!].filter((timeMs) => wallOf(zone, timeMs) === wallMs)
  return fitting.length === 0 ? wallMs - before! : Math.min(...fitting)
}

export function dateOf(zone: string, timeMs: number): LocalDate {
  return dateOfWall(wallOf(zone, timeMs))
}

export function startOfDate(zone: string, date: LocalDate): number {
  return instantOf(zone, Date.parse(date))
}

export function datePlusDays(date: LocalDate, days: number): LocalDate {
  return dateOfWall(Date.parse(date) + days * DAY_MS)
}

/** The days from one date to the other, both included. */
export function daysOf(from: LocalDate, to: LocalDate): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS + 1
}

/** The same time of day, on another date. */
export function plusDays(zone: string, timeMs: number, days: number): number {
  return instantOf(zone, wallOf(zone, timeMs) + days * DAY_MS)
}

/** The same date and time of day; 28 February for a 29th that the year does not have. */
export function plusYears(zone: string, timeMs: number, years: number): number {
  const wall = wallOf(zone, timeMs)
  const date = new Date(wall)
  const month = date.getUTCMonth()
  date.setUTCFullYear(date.getUTCFullYear() + years)
  if (date.getUTCMonth() !== month) date.setUTCDate(0)
  return instantOf(zone, date.getTime())
}

/** The wall time at which the week of a wall time begins: on Monday. */
export function weekStart(wallMs: number): number {
  const day = Math.floor(wallMs / DAY_MS)
  return (day - ((day + EPOCH_WEEKDAY) % DAYS_PER_WEEK)) * DAY_MS
}

export function monthStart(wallMs: number): number {
  const date = new Date(wallMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}

/** UTC+5:30 */
export function offsetText(zone: string, timeMs: number): string {
  const minutes = Math.round((wallOf(zone, timeMs) - timeMs) / MINUTE_MS)
  if (minutes === 0) return 'UTC'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`
}

function dateOfWall(wallMs: number): LocalDate {
  return Number.isNaN(wallMs) ? '' : new Date(wallMs).toISOString().slice(0, 10)
}

/** A page shows times in one zone at a time. */
let clock: { readonly zone: string; readonly format: Intl.DateTimeFormat } | null = null

function clockOf(zone: string): Intl.DateTimeFormat {
  if (clock?.zone !== zone) {
    const fields = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
    const time = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const
    clock = { zone, format: new Intl.DateTimeFormat('en-US', { ...fields, ...time, timeZone: zone }) }
  }
  return clock.format
}
