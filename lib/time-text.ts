// Times as answers write them: RFC 3339.
import { knownAsOfMs } from '../model/as-of.ts'
import { MINUTE_MS } from '../model/bucket.ts'

const SECONDS_LENGTH = '2026-11-21T08:00:00'.length

/** Epoch ms in UTC with milliseconds: 2026-11-21T08:00:00.123Z. */
export function instantText(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

/** The same for `asOf`; null if nothing is known. */
export function asOfText(asOfMs: number): string | null {
  const knownMs = knownAsOfMs(asOfMs)
  return knownMs === null ? null : instantText(knownMs)
}

/** A minute since the epoch, in UTC: 2026-11-21T08:00:00Z. */
export function minuteText(minute: number): string {
  return `${secondsText(minute)}Z`
}

/** A minute since the epoch as a local clock shows it: 2026-11-21T13:30:00+05:30. */
export function localMinuteText(minute: number, offsetMinutes: number): string {
  return `${secondsText(minute + offsetMinutes)}${offsetText(offsetMinutes)}`
}

function secondsText(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString().slice(0, SECONDS_LENGTH)
}

function offsetText(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'Z'
  const size = Math.abs(offsetMinutes)
  const [hours, minutes] = [Math.floor(size / 60), size % 60].map((part) => String(part).padStart(2, '0'))
  return `${offsetMinutes < 0 ? '-' : '+'}${hours}:${minutes}`
}
