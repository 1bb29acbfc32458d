// Which object holds which rollups by an attribute: files of a day, with their hours in their names.
//
//   dimensions/country/date=2026-11-21/<version>.h<hours>.<crc32>.parquet
//   dimensions/country/date=2026-11-21/<version>.h<hours>.<crc32>.marks
//
// Of each hour the file counts that has the highest version of those with the hour in their names, and of two of one
// version the one of more hours; files that count for no hour any more are removed. A damaged one stays, and its hours
// cannot be read: an older one may lack late events. Each change of some hours is a file of its own. Small ones of a
// day are merged once an hour of a later day comes, so that the first hours of a day are not written anew with each of
// the others. The marks beside a file are JSON: by hour, the raw files that it was rolled up from, as mark.ts calls
// them. They are of this very file, so whoever may have written another one, they never say too much.
// Pure.
import { MIB } from '../../../lib/byte-units.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { ObjectInfo } from '../../objects/objects.ts'
import { dayPrefix, hex, hoursOf } from './layout.ts'

export type DimensionFile = {
  readonly key: string
  readonly by: string
  /** Minutes since the epoch at which its day begins. */
  readonly day: number
  readonly version: number
  /** Bit i: it holds hour i of the day. */
  readonly mask: number
  /** CRC-32. */
  readonly checksum: number
  readonly bytes: number
}

/** A file, and the hours that are read from it. */
export type CurrentFile = DimensionFile & {
  readonly hours: readonly number[]
  /** Whether these are all of its hours. */
  readonly isWhole: boolean
}

/** Small ones, of a day that is over and an attribute. */
const FILES_MAX = 4
/** Larger files are not merged: a question that reads them all gains nothing, and each row is written once more. */
const SMALL_BYTES = MIB / 16

export const DIMENSIONS_PREFIX = 'dimensions/'
const VERSION_DIGITS = 8
const KEY = /^dimensions\/([^/]+)\/date=(\d{4}-\d{2}-\d{2})\/(\d{8})\.h([0-9a-f]{6})\.([0-9a-f]{8})\.parquet$/

export function dimensionPrefix(by: string): string {
  return `${DIMENSIONS_PREFIX}${by}/`
}

export function dimensionDayPrefix(by: string, day: number): string {
  return `${dimensionPrefix(by)}${dayPrefix(day)}`
}

export function dimensionFileKey({
  by,
  day,
  version,
  mask,
  checksum,
}: Omit<DimensionFile, 'key' | 'bytes'>): string {
  const name = `${String(version).padStart(VERSION_DIGITS, '0')}.h${hex(mask, 6)}.${hex(checksum, 8)}`
  return `${dimensionDayPrefix(by, day)}${name}.parquet`
}

export function marksKey({ key }: Pick<DimensionFile, 'key'>): string {
  return key.replace(/parquet$/, 'marks')
}

export function encodeMarks(marks: ReadonlyMap<number, string>): Uint8Array {
  return Buffer.from(JSON.stringify(Object.fromEntries(marks)))
}

/** What is damaged says nothing. */
export function decodeMarks(bytes: Uint8Array | null): ReadonlyMap<number, string> {
  try {
    const marks = Object.entries(JSON.parse(Buffer.from(bytes ?? []).toString()) as Record<string, string>)
    return new Map(marks.map(([hour, mark]) => [Number(hour), mark]))
  } catch {
    return new Map()
  }
}

/** All that are files of rollups, in the order of the objects. */
export function dimensionFiles(infos: readonly ObjectInfo[]): DimensionFile[] {
  return infos.flatMap((info) => parseDimensionFile(info) ?? [])
}

/** Tells which files are read, and which not any more. */
export function currentFiles(files: readonly DimensionFile[]): {
  readonly current: readonly CurrentFile[]
  readonly outdated: readonly DimensionFile[]
} {
  const masks = new Map<string, number>()
  const current: CurrentFile[] = []
  const outdated: DimensionFile[] = []
  const newestFirst = (a: DimensionFile, b: DimensionFile) =>
    b.version - a.version || hoursOf(b).length - hoursOf(a).length
  for (const file of files.toSorted(newestFirst)) {
    const place = dimensionDayPrefix(file.by, file.day)
    const newer = masks.get(place) ?? 0
    masks.set(place, newer | file.mask)
    const mask = file.mask & ~newer
    if (mask === 0) outdated.push(file)
    else current.push({ ...file, hours: hoursOf({ day: file.day, mask }), isWhole: mask === file.mask })
  }
  return { current, outdated }
}

/** Of days that are over, those of which there are many small files of one attribute, with these. */
export function scattered(files: readonly CurrentFile[]): ReadonlyMap<number, readonly CurrentFile[]> {
  const small = files.filter(({ bytes }) => bytes < SMALL_BYTES)
  const byDay = Map.groupBy(small, ({ day }) => day)
  return new Map(byDay.entries().filter(([, ofDay]) => ofDay.length > FILES_MAX))
}

function parseDimensionFile({ key, bytes }: ObjectInfo): DimensionFile | null {
  const [, by, date, version, mask, checksum] = KEY.exec(key) ?? []
  const day = Date.parse(`${date}T00:00Z`) / MINUTE_MS
  if (checksum === undefined || Number.isNaN(day)) return null
  return {
    ...{ key, by: by!, day, version: Number(version) },
    mask: Number.parseInt(mask!, 16),
    checksum: Number.parseInt(checksum, 16),
    bytes,
  }
}
