// Event times: RFC 3339 text, or epoch milliseconds. Date.parse is not used: it accepts far more than RFC 3339
// allows.
import { DAY_MS, MINUTE_MS } from './bucket.ts'

const TEXT_CHARS_MAX = 64

const ZERO = 0x30
const DASH = 0x2d
const COLON = 0x3a
const DOT = 0x2e
const PLUS = 0x2b
const LOWER_CASE = 0x20

/**
 * Epoch milliseconds of an RFC 3339 date-time or of a number that already is one, which may have a fraction, as
 * browsers' clocks give it; null where it is neither. Anything finer than a millisecond is rounded down, so that a
 * repeated event has the same time. A leap second (23:59:60 UTC) counts in the minute that it ends: it is held as the
 * second before it. The zone `-00:00` means UTC.
 */
export function timeMsOf(value: unknown): number | null {
  if (typeof value === 'number') return fromNumber(value)
  return typeof value === 'string' ? fromText(value) : null
}

/** Adding 0 turns -0 into 0. */
function fromNumber(value: number): number | null {
  const timeMs = Math.floor(value) + 0
  return Number.isSafeInteger(timeMs) ? timeMs : null
}

// yyyy-mm-ddThh:mm:ss[.f…](Z|±hh:mm), https://www.rfc-editor.org/rfc/rfc3339#section-5.6
function fromText(text: string): number | null {
  if (text.length < 20 || text.length > TEXT_CHARS_MAX) return null
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return null
  if ((text.charCodeAt(10) | LOWER_CASE) !== 0x74) return null // T
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return null
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  // Written so that NaN, which any character other than a digit gives, fails too.
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return null
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return null

  const zoneAt = endOfFraction(text)
  const offsetMinutes = zoneMinutes(text, zoneAt)
  if (offsetMinutes === null) return null
  const minuteOfDay = hour * 60 + minute - offsetMinutes
  if (second === 60 && (minuteOfDay + 2880) % 1440 !== 1439) return null
  const ms = zoneAt === 19 ? 0 : fractionMs(text, zoneAt)
  return (
    daysSinceEpoch(year, month, day) * DAY_MS + minuteOfDay * MINUTE_MS + Math.min(second, 59) * 1000 + ms
  )
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1)
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - ZERO
  return value >= 0 && value <= 9 ? value : Number.NaN
}

/** Where the zone begins: after the seconds and, where there is one, their fraction of at least one digit. */
function endOfFraction(text: string): number {
  if (text.charCodeAt(19) !== DOT) return 19
  let at = 20
  while (digit(text, at) >= 0) at += 1
  return at
}

function fractionMs(text: string, end: number): number {
  let ms = 0
  for (let at = 20; at < 23; at += 1) ms = ms * 10 + (at < end ? digit(text, at) : 0)
  return ms
}

function zoneMinutes(text: string, at: number): number | null {
  if (at === 20) return null // a dot without digits
  const sign = text.charCodeAt(at)
  if ((sign | LOWER_CASE) === 0x7a) return text.length === at + 1 ? 0 : null // Z
  if ((sign !== PLUS && sign !== DASH) || text.length !== at + 6 || text.charCodeAt(at + 3) !== COLON)
    return null
  const hours = twoDigits(text, at + 1)
  const minutes = twoDigits(text, at + 4)
  if (!(hours <= 23 && minutes <= 59)) return null
  return (sign === PLUS ? 1 : -1) * (hours * 60 + minutes)
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/**
 * Days of the proleptic Gregorian calendar since 1970-01-01, with the year begun in March so that leap days
 * come last.
 */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const marchMonth = month > 2 ? month - 3 : month + 9
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1
  return marchYear * 365 + leapDays + dayOfYear - 719_468
}
