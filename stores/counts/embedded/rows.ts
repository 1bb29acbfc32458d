// The layout of counts in the database: keys that sort by series and time, and fixed-width values with a checksum.
// Ids hold no control characters, so a zero byte separates them safely. Pure.
import type { Bucket, Series, VideoName } from '../../../model/bucket.ts'
import type { Quarters } from '../../../model/quarters.ts'
import type { Aggregate, Total } from '../../../model/total.ts'
import {
  CHECKSUM_BYTES,
  hasChecksum,
  numbersValue,
  parseNumbers,
  stampChecksum,
  viewOf,
} from '../../disk/checked-value.ts'
import type { Checkpoint, Resolution } from '../counts.ts'
import { ledgerNumbers, ledgerOf } from '../ledger-numbers.ts'
import {
  AGGREGATE_BYTES,
  quartersLength,
  readAggregate,
  readQuarters,
  writeAggregate,
  writeQuarters,
} from '../quarters-value.ts'

/** An offset that makes minutes before 1970 sort before the others. */
const MINUTE_BIAS = 0x8000_0000
const MINUTE_DIGITS = 8
/** The first minute that can be stored. */
export const EARLIEST = -MINUTE_BIAS

export type KeyRange = { readonly gte: string; readonly lt: string }

/** Minutes have one row per source, the others one value per period; quarters are stored within their hours. */
export type Table = Exclude<Resolution, 'quarter'> | 'hour-rollup' | 'day-rollup'

export type SeriesPeriod = { readonly series: Series; readonly start: number }

export function rowKey(bucket: Bucket, sourceId: string): string {
  return `${periodKey('minute', bucket, bucket.minute)}\u0000${sourceId}`
}

/** The key of a period's sum; for a minute, the prefix of the keys of its rows. */
export function periodKey(table: Table, series: Series, start: number): string {
  return seriesKey(table, series) + minuteDigits(start)
}

export function seriesKey(table: Table, { tenant, videoId, type }: Series): string {
  return `${videoKey(table, tenant, videoId)}${type}\u0000`
}

/** The prefix of the keys of all series of a video. */
export function videoKey(table: Table, tenant: string, videoId: string): string {
  return `${table}/${tenant}\u0000${videoId}\u0000`
}

/** The range of keys of the periods in [from, to); without bounds, of all. */
export function keyRange(table: Table, series: Series, from?: number, to?: number): KeyRange {
  const all = seriesKey(table, series)
  return {
    gte: from === undefined ? all : periodKey(table, series, from),
    lt: to === undefined ? pastSeries(table, series) : periodKey(table, series, to),
  }
}

/** Sorts after all keys of the series, and before those of the next. */
export function pastSeries(table: Table, series: Series): string {
  return `${seriesKey(table, series)}~`
}

export function tableRange(table: Table): KeyRange {
  return { gte: `${table}/`, lt: `${table}0` } // 0 comes after /
}

/** The series and period that the key of a period's sum names. */
export function parsePeriodKey(table: Table, key: string): SeriesPeriod {
  const [tenant, videoId, type, digits] = key.slice(table.length + 1).split('\u0000')
  const series = { tenant: tenant!, videoId: videoId!, type: type! }
  return { series, start: Number.parseInt(digits!, 16) - MINUTE_BIAS }
}

/** The start of the period that a key names, given the key of its series. */
export function startOf(key: string, seriesKeyLength: number): number {
  return Number.parseInt(key.slice(seriesKeyLength, seriesKeyLength + MINUTE_DIGITS), 16) - MINUTE_BIAS
}

/** The source that the key of a row names, given the key of its series. */
export function sourceOf(key: string, seriesKeyLength: number): string {
  return key.slice(seriesKeyLength + MINUTE_DIGITS + 1)
}

const TYPES = 'type/'
/** All keys of types lie in this range: a tenant's name, or the end of it, is below `~`. */
export const TYPES_RANGE: KeyRange = { gte: TYPES, lt: `${TYPES}~` }

/** The video that a key of a table, or of a type, names. */
export function videoOf(key: string): VideoName {
  const [tenant, videoId] = key.slice(key.indexOf('/') + 1).split('\u0000') as [string, string]
  return { tenant, videoId }
}

/** The prefix of the keys of a video's types; the type follows. */
export function typesKey(tenant: string, videoId: string): string {
  return `${TYPES}${tenant}\u0000${videoId}\u0000`
}

export function typesSeries(key: string): Series {
  const [tenant, videoId, type] = key.slice(TYPES.length).split('\u0000') as [string, string, string]
  return { tenant, videoId, type }
}

const WRITTEN = 'written/'

/** The index key that says that a series has rows of an hour. Sorts by hour. */
export function writtenKey(hour: number, { tenant, videoId, type }: Series): string {
  return `${WRITTEN}${minuteDigits(hour)}${tenant}\u0000${videoId}\u0000${type}`
}

/** The range of index keys of hours that begin in [from, to). */
export function writtenRange(from: number, to: number): KeyRange {
  return { gte: WRITTEN + minuteDigits(from), lt: WRITTEN + minuteDigits(to) }
}

export function parseWrittenKey(key: string): SeriesPeriod {
  const start = startOf(key, WRITTEN.length)
  const [tenant, videoId, type] = key.slice(WRITTEN.length + MINUTE_DIGITS).split('\u0000')
  return { series: { tenant: tenant!, videoId: videoId!, type: type! }, start }
}

/**
 * checksum (4 bytes) · an aggregate (quarters-value.ts) · for a row or rollup also upTo as float64 · for an hour also
 * its quarters, unless an earlier release wrote it.
 */
const AGGREGATE_END = CHECKSUM_BYTES + AGGREGATE_BYTES
const TOTAL_END = AGGREGATE_END + 8

/** The sum of an hour, with its quarters, or of a day. */
export type Sum = Aggregate & { readonly quarters?: Quarters }

export function sumValue(key: string, sum: Sum): Uint8Array {
  const value = allocated(AGGREGATE_END, sum.quarters)
  writeAggregate(viewOf(value), CHECKSUM_BYTES, sum)
  stampChecksum(key, value)
  return value
}

export function totalValue(key: string, total: Total, quarters?: Quarters): Uint8Array {
  const value = allocated(TOTAL_END, quarters)
  const view = viewOf(value)
  writeAggregate(view, CHECKSUM_BYTES, total)
  view.setFloat64(AGGREGATE_END, total.upTo)
  stampChecksum(key, value)
  return value
}

function allocated(end: number, quarters: Quarters | undefined): Uint8Array {
  if (quarters === undefined) return new Uint8Array(end)
  const value = new Uint8Array(end + quartersLength(quarters))
  writeQuarters(viewOf(value), end, quarters)
  return value
}

/** Null if the checksum is wrong. Reads totals too. */
export function parseAggregate(key: string, value: Uint8Array): Aggregate | null {
  return hasChecksum(key, value) ? readAggregate(viewOf(value), CHECKSUM_BYTES) : null
}

/** What `sumValue` wrote; null where the checksum is wrong. */
export function parseSum(key: string, value: Uint8Array): Sum | null {
  return withQuarters(parseAggregate(key, value), value, AGGREGATE_END)
}

/** What `totalValue` wrote of an hour's rollup; null where the checksum is wrong. */
export function parseHourRollup(key: string, value: Uint8Array): Sum | null {
  return withQuarters(parseAggregate(key, value), value, TOTAL_END)
}

/** Null where the checksum is wrong. */
export function parseTotal(key: string, value: Uint8Array): Total | null {
  if (!hasChecksum(key, value)) return null
  const view = viewOf(value)
  return { ...readAggregate(view, CHECKSUM_BYTES), upTo: view.getFloat64(AGGREGATE_END) }
}

function withQuarters(aggregate: Aggregate | null, value: Uint8Array, at: number): Sum | null {
  const quarters = aggregate === null ? null : readQuarters(value, at)
  return aggregate === null || quarters === null ? aggregate : { ...aggregate, quarters }
}

export const RECONCILED_KEY = 'reconciled'
export const SWEPT_KEY = 'swept'
export const AUDITS = 'audit/'

export function auditKey(hour: number): string {
  return AUDITS + minuteDigits(Math.min(Math.max(hour, -MINUTE_BIAS), MINUTE_BIAS - 1))
}

/** The hour that a key of an audit names. */
export function auditStart(key: string): number {
  return startOf(key, AUDITS.length)
}

const CHECKPOINTS = 'checkpoint/'
/** All keys of checkpoints lie in this range. */
export const CHECKPOINT_RANGE = { gte: CHECKPOINTS, lt: `${CHECKPOINTS}~` }

export function checkpointKey(sourceId: string): string {
  return CHECKPOINTS + sourceId
}

export function checkpointSource(key: string): string {
  return key.slice(CHECKPOINTS.length)
}

export function checkpointValue(key: string, { offset, logTimeMs, ledger }: Checkpoint): Uint8Array {
  return numbersValue(key, [offset, logTimeMs, ...ledgerNumbers(ledger)])
}

/** Null where the checksum is wrong. */
export function parseCheckpoint(key: string, value: Uint8Array): Checkpoint | null {
  const numbers = parseNumbers(key, value)
  if (numbers === null) return null
  const [offset, logTimeMs, ...ledger] = numbers as [number, number, ...number[]]
  return { offset, logTimeMs, ledger: ledgerOf(ledger) }
}

function minuteDigits(minute: number): string {
  return (minute + MINUTE_BIAS).toString(16).padStart(MINUTE_DIGITS, '0')
}
