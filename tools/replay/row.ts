// Parses a row of a file for sending, or says why it cannot.

import type { Role } from './columns.ts'

export type Row = {
  readonly line: number
  readonly id: string | undefined
  readonly videoId: string
  readonly timeMs: number
  readonly type: string
  readonly value: number | undefined
  readonly viewerId: string | undefined
  readonly channelId: string | undefined
  readonly attributes: Attributes | undefined
}

export type Attributes = Readonly<Record<string, string>>

export type UnreadableRow = { readonly line: number; readonly reason: string }

/** The cells of a row by role, as text; missing or empty cells are undefined. */
export type Cells = Readonly<Record<Role, string | undefined>>

const VALUE = /^-?\d{1,10}(\.\d{1,3})?$/
const DATE_TIME =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:[Zz]|([+-])(\d\d):(\d\d))?$/
const EPOCH_MS = /^-?\d{1,15}$/

export function toRow(line: number, cells: Cells): Row | UnreadableRow {
  if (cells.videoId === undefined) return { line, reason: 'the video id is empty' }
  const timeMs = parseTimeMs(cells.time ?? '')
  if (Number.isNaN(timeMs))
    return { line, reason: `the time ${JSON.stringify(cells.time ?? '')} is unreadable` }
  const value = parseValue(cells.value)
  if (value === null) return { line, reason: valueFault(cells.value!) }
  const attributes = cells.attributes === undefined ? undefined : parseAttributes(cells.attributes)
  if (attributes === null) return { line, reason: ATTRIBUTES_FAULT }
  return {
    line,
    id: cells.id,
    videoId: cells.videoId,
    timeMs,
    type: cells.type ?? 'view',
    value,
    viewerId: cells.viewerId,
    channelId: cells.channelId,
    attributes,
  }
}

/** Undefined if missing, null if it is not a decimal with at most 3 places. */
export function parseValue(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined
  return VALUE.test(text) ? Number(text) : null
}

export function valueFault(text: string): string {
  return `the value ${JSON.stringify(text)} is no decimal of at most 3 places`
}

export const ATTRIBUTES_FAULT = 'the attributes are no JSON object'

/** Null if it is not a JSON object; the server checks its content. */
export function parseAttributes(text: string): Attributes | null {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Attributes) : null
  } catch {
    return null
  }
}

/** A date-time as below, or epoch ms; else NaN. */
export function parseTimeMs(text: string): number {
  return EPOCH_MS.test(text) ? Number(text) : parseDateTimeMs(text)
}

/** RFC 3339, also with a space instead of the T, without seconds or without a zone (then UTC); else NaN. */
export function parseDateTimeMs(text: string): number {
  const parts = DATE_TIME.exec(text)
  if (parts === null) return Number.NaN
  const [, year, month, day, hour, minute, second, fraction, sign, zoneHour, zoneMinute] = parts
  const dayMs = Date.UTC(+year!, +month! - 1, +day!)
  const isDay = new Date(dayMs).getUTCDate() === +day! && new Date(dayMs).getUTCMonth() === +month! - 1
  const isTime = +hour! < 24 && +minute! < 60 && +(second ?? 0) < 60
  if (!isDay || !isTime || +(zoneHour ?? 0) > 23 || +(zoneMinute ?? 0) > 59) return Number.NaN
  const ms = fraction === undefined ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3))
  const zoneMs = (sign === '-' ? -1 : 1) * (+(zoneHour ?? 0) * 60 + +(zoneMinute ?? 0)) * 60_000
  return dayMs + +hour! * 3_600_000 + +minute! * 60_000 + +(second ?? 0) * 1_000 + ms - zoneMs
}
