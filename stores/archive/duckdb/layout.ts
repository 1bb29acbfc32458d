// Which object holds which hours: by event time, UTC. A name ends in the checksum of the bytes, so a file is never
// changed under its name, and damage shows. Pure.
//
//   date=2026-11-21/hour=07/<origin>.<source>.<from>-<to>.<crc32>.parquet   one hour, as it came
//   date=2026-11-21/hour=all/<name>.h<hours>.<crc32>.parquet                some hours of a day
//
// <hours> are six hex digits: bit 0 is the hour from 00:00 on. Merged files are called merged-<digest> in either place.
//
// `hour=all` comes after all other hours of its day in the order of keys, in which objects are listed. So a listing
// made while hours are being merged into a day sees each of them at least once.
import { dayOf, MINUTE_MS, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import type { ObjectInfo } from '../../objects/objects.ts'

export type RawFile = ObjectInfo & {
  /** Minutes since the epoch at which its day begins. */
  readonly day: number
  /** Whether it is in the folder of whole days. */
  readonly ofDay: boolean
  /** Bit i: it may hold events of hour i of the day. */
  readonly mask: number
  /** The name without hours and checksum. */
  readonly stem: string
  /** CRC-32; null if the archive did not make the name. */
  readonly checksum: number | null
}

export const RAW_PREFIX = 'date='
const HOURS_PER_DAY = 24
const ALL_HOURS = 2 ** HOURS_PER_DAY - 1

const KEY = /^date=(\d{4}-\d{2}-\d{2})\/hour=([01]\d|2[0-3]|all)\/([^/]+)\.parquet$/
const HOUR_NAME = /^(?<stem>.+)\.(?<crc>[0-9a-f]{8})$/
const DAY_NAME = /^(?<stem>.+)\.h(?<hours>[0-9a-f]{6})\.(?<crc>[0-9a-f]{8})$/

export function hourFileKey(hour: number, stem: string, checksum: number): string {
  const ofDay = String(hourOfDay(hour)).padStart(2, '0')
  return `${dayPrefix(dayOf(hour))}hour=${ofDay}/${stem}.${hex(checksum, 8)}.parquet`
}

export function dayFileKey(day: number, stem: string, mask: number, checksum: number): string {
  return `${dayPrefix(day)}hour=all/${stem}.h${hex(mask, 6)}.${hex(checksum, 8)}.parquet`
}

/** The key of the file that replaces a file and holds events of these hours. */
export function successorKey(
  { ofDay, day, stem }: RawFile,
  hours: readonly number[],
  checksum: number,
): string {
  return ofDay ? dayFileKey(day, stem, maskOf(hours), checksum) : hourFileKey(hours[0]!, stem, checksum)
}

/** Null for an object that is not a raw file. A file with a foreign name counts for every hour that it may hold. */
export function parseRawFile(info: ObjectInfo): RawFile | null {
  const [, date, hour, name] = KEY.exec(info.key) ?? []
  const day = Date.parse(`${date}T00:00Z`) / MINUTE_MS
  if (name === undefined || Number.isNaN(day)) return null
  const ofDay = hour === 'all'
  const parts = (ofDay ? DAY_NAME : HOUR_NAME).exec(name)?.groups
  const mask = ofDay ? Number.parseInt(parts?.hours ?? '', 16) || ALL_HOURS : 1 << Number(hour)
  const checksum = parts === undefined ? null : Number.parseInt(parts.crc!, 16)
  return { ...info, day, ofDay, mask, stem: parts?.stem ?? name, checksum }
}

/** Whether a file may hold late or imported events. */
export function mayBeLate({ stem }: RawFile): boolean {
  return !stem.startsWith('events.') && !stem.startsWith('events-overflow.')
}

/** The starts of the hours that a file may hold, minutes since the epoch, in order. */
export function hoursOf({ day, mask }: Pick<RawFile, 'day' | 'mask'>): number[] {
  const hours: number[] = []
  for (let i = 0; i < HOURS_PER_DAY; i++) {
    if ((mask >>> i) & 1) hours.push(day + i * MINUTES_PER_HOUR)
  }
  return hours
}

/** By the hours that they may hold, in the order of the files. */
export function filesByHour(files: readonly RawFile[]): Map<number, RawFile[]> {
  const byHour = new Map<number, RawFile[]>()
  for (const file of files) {
    for (const hour of hoursOf(file)) byHour.getOrInsertComputed(hour, () => []).push(file)
  }
  return byHour
}

/** Of hours of one day. */
export function maskOf(hours: Iterable<number>): number {
  let mask = 0
  for (const hour of hours) mask |= 1 << hourOfDay(hour)
  return mask
}

/** The common prefix of the keys of all raw files of a day. Throws a RangeError outside the years 0000 to 9999. */
export function dayPrefix(day: number): string {
  const date = new Date(day * MINUTE_MS).toISOString()
  if (!/^\d/.test(date)) throw new RangeError(`The archive holds the years 0000 to 9999, not ${date}.`)
  return `${RAW_PREFIX}${date.slice(0, 10)}/`
}

function hourOfDay(hour: number): number {
  return (hour - dayOf(hour)) / MINUTES_PER_HOUR
}

export function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
