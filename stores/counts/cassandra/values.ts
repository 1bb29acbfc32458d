// Counts as the bytes of CQL values (native_protocol_v4.spec, section 6; a user type is its fields in order, each
// preceded by its length). Encoded by hand, because rows are written often and this takes a fraction of the time of a
// general encoder.
import { MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import type { Quarters } from '../../../model/quarters.ts'
import type { Aggregate, Total } from '../../../model/total.ts'
import { viewOf } from '../../disk/checked-value.ts'
import type { Checkpoint } from '../counts.ts'
import { ledgerNumbers } from '../ledger-numbers.ts'
import { quartersLength, readQuarters, writeQuarters } from '../quarters-value.ts'

/** `date` counts days from this one, so that days before 1970 are positive too. */
const EPOCH_DAY = 2 ** 31
const BIGINT_BYTES = 8
const WIDE_SUM_BYTES = 16
const NULL_LENGTH = -1
const WORD = 2 ** 32
const WORD_BYTES = 4

export function dayOf(minute: number): number {
  return Math.floor(minute / MINUTES_PER_DAY)
}

export function dateValue(day: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(day + EPOCH_DAY)
  return bytes
}

export function timestampValue(minute: number): Buffer {
  const bytes = Buffer.allocUnsafe(BIGINT_BYTES)
  putWhole(bytes, 0, minute * MINUTE_MS)
  return bytes
}

export function bigintValue(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(BIGINT_BYTES)
  putLarge(bytes, 0, value)
  return bytes
}

export function intValue(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** Its parts in order, each preceded by its length. */
export function tupleValue(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => [intValue(part.length), part]))
}

/** Throws a RangeError if a number is not whole or a sum exceeds 128 bits. */
export function totalValue({ count, values, sum, min, max, upTo }: Total): Buffer {
  const sumBytes = BigInt.asIntN(64, sum) === sum ? BIGINT_BYTES : WIDE_SUM_BYTES
  const bytes = Buffer.allocUnsafe(6 * 4 + 3 * BIGINT_BYTES + sumBytes + sizeOf(min) + sizeOf(max))
  let at = putBigint(bytes, 0, count)
  at = putBigint(bytes, at, values)
  at = putSum(bytes, at, sum, sumBytes)
  at = putBigint(bytes, at, min)
  at = putBigint(bytes, at, max)
  putBigint(bytes, at, upTo)
  return bytes
}

export function checkpointValue({ offset, logTimeMs, ledger }: Checkpoint): Buffer {
  const numbers = [offset, logTimeMs, ...ledgerNumbers(ledger)]
  const bytes = Buffer.allocUnsafe(numbers.length * (4 + BIGINT_BYTES))
  let at = 0
  for (const number of numbers) at = putBigint(bytes, at, number)
  return bytes
}

/** The columns of a total, by their names in the statements. Sums over no rows are 0 and null. */
export type AggregateColumns = {
  readonly count: bigint
  readonly values: bigint
  readonly sum: bigint
  readonly min: bigint | null
  readonly max: bigint | null
}

export function aggregateOf({ count, values, sum, min, max }: AggregateColumns): Aggregate {
  return {
    count: Number(count),
    values: Number(values),
    sum,
    min: min === null ? null : Number(min),
    max: max === null ? null : Number(max),
  }
}

/**
 * The quarters of a rollup of this version: its total may have another version if an older release without quarters
 * wrote it.
 */
export function quartersValue(quarters: Quarters, version: number): Buffer {
  const bytes = Buffer.allocUnsafe(BIGINT_BYTES + quartersLength(quarters))
  bytes.writeBigInt64BE(BigInt(version))
  writeQuarters(viewOf(bytes), BIGINT_BYTES, quarters)
  return bytes
}

export type QuarterColumns = AggregateColumns & { readonly up_to: bigint; readonly quarters: Buffer | null }

/** Null if there are none, or if they do not belong to this total. */
export function quartersOf({ quarters, up_to }: QuarterColumns): Quarters | null {
  if (quarters === null || quarters.length < BIGINT_BYTES) return null
  return quarters.readBigInt64BE() === up_to ? readQuarters(quarters, BIGINT_BYTES) : null
}

function sizeOf(value: number | null): number {
  return value === null ? 0 : BIGINT_BYTES
}

function putBigint(bytes: Buffer, at: number, value: number | null): number {
  if (value === null) return bytes.writeInt32BE(NULL_LENGTH, at)
  return putWhole(bytes, bytes.writeInt32BE(BIGINT_BYTES, at), value)
}

/** A varint is an integer in two's complement of any length. */
function putSum(bytes: Buffer, at: number, sum: bigint, length: number): number {
  const start = bytes.writeInt32BE(length, at)
  if (length === BIGINT_BYTES) return putLarge(bytes, start, sum)
  const half = bytes.writeBigInt64BE(sum >> 64n, start) // out of range beyond 128 bits
  return bytes.writeBigUInt64BE(BigInt.asUintN(64, sum), half)
}

function putLarge(bytes: Buffer, at: number, value: bigint): number {
  const number = Number(value)
  return Number.isSafeInteger(number) ? putWhole(bytes, at, number) : bytes.writeBigInt64BE(value, at)
}

/** In 64 bits, in two's complement. In halves, as numbers: by way of a BigInt it takes several times as long. */
function putWhole(bytes: Buffer, at: number, value: number): number {
  if (!Number.isSafeInteger(value)) return bytes.writeBigInt64BE(BigInt(value), at) // a RangeError if it is not whole
  const high = Math.floor(value / WORD)
  bytes.writeInt32BE(high, at)
  return bytes.writeUInt32BE(value - high * WORD, at + WORD_BYTES)
}
