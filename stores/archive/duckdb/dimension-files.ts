// Which object holds which rollups by an attribute: one file for each attribute and day, with the hours in its name.
//
//   dimensions/country/date=2026-11-21/<version>.h<hours>.<crc32>.parquet
//   dimensions/country/date=2026-11-21/<version>.h<hours>.<crc32>.marks
//
// The file of the highest version holds everything of its day: others are left from a change that was interrupted. The
// marks beside it are JSON: by hour, the raw files that it was rolled up from, as mark.ts calls them. They are of this
// very file, so whoever may have written another one, they never say too much.
// Pure.
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { ObjectInfo } from '../../objects/objects.ts'
import { dayPrefix, hex } from './layout.ts'

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
}

export const DIMENSIONS_PREFIX = 'dimensions/'
const VERSION_DIGITS = 8
const KEY = /^dimensions\/([^/]+)\/date=(\d{4}-\d{2}-\d{2})\/(\d{8})\.h([0-9a-f]{6})\.([0-9a-f]{8})\.parquet$/

export function dimensionPrefix(by: string): string {
  return `${DIMENSIONS_PREFIX}${by}/`
}

export function dimensionDayPrefix(by: string, day: number): string {
  return `${dimensionPrefix(by)}${dayPrefix(day)}`
}

export function dimensionFileKey({ by, day, version, mask, checksum }: Omit<DimensionFile, 'key'>): string {
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
  return infos.flatMap(({ key }) => parseDimensionFile(key) ?? [])
}

/** Of each attribute and day the one that holds everything. */
export function newestFiles(files: readonly DimensionFile[]): DimensionFile[] {
  const newest = new Map<string, DimensionFile>()
  for (const file of files) {
    const place = dimensionDayPrefix(file.by, file.day)
    if (file.version > (newest.get(place)?.version ?? 0)) newest.set(place, file)
  }
  return Array.from(newest.values())
}

function parseDimensionFile(key: string): DimensionFile | null {
  const [, by, date, version, mask, checksum] = KEY.exec(key) ?? []
  const day = Date.parse(`${date}T00:00Z`) / MINUTE_MS
  if (checksum === undefined || Number.isNaN(day)) return null
  return {
    ...{ key, by: by!, day, version: Number(version) },
    mask: Number.parseInt(mask!, 16),
    checksum: Number.parseInt(checksum, 16),
  }
}
