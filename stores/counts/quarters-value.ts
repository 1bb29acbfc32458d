// The quarters of an hour as bytes, few if little was counted: one byte per quarter that names its form, then the
// quarters in these forms. Pure.
import type { Quarters } from '../../model/quarters.ts'
import { type Aggregate, EMPTY, isSame } from '../../model/total.ts'
import { viewOf } from '../disk/checked-value.ts'

/** The forms: nothing · count as float64 · an aggregate as below. */
const KIND = { empty: 0, counted: 1, valued: 2 } as const
type Kind = (typeof KIND)[keyof typeof KIND]

const QUARTERS = 4
const COUNT_BYTES = 8
/**
 * count · values · min · max as float64, NaN where there is no value · sum as an integer of 128 bits in two's
 * complement, high half first.
 */
export const AGGREGATE_BYTES = 48
const BYTES: Readonly<Record<Kind, number>> = { 0: 0, 1: COUNT_BYTES, 2: AGGREGATE_BYTES }

export function quartersLength(quarters: Quarters): number {
  return quarters.reduce((sum, quarter) => sum + BYTES[kindOf(quarter)], QUARTERS)
}

/** Writes `quartersLength` bytes. */
export function writeQuarters(view: DataView, at: number, quarters: Quarters): void {
  let next = at + QUARTERS
  for (const [place, quarter] of quarters.entries()) {
    const kind = kindOf(quarter)
    view.setUint8(at + place, kind)
    if (kind === KIND.counted) view.setFloat64(next, quarter.count)
    if (kind === KIND.valued) writeAggregate(view, next, quarter)
    next += BYTES[kind]
  }
}

/** Reads what `writeQuarters` wrote, up to the end of the bytes; null for other bytes. */
export function readQuarters(bytes: Uint8Array, at: number): Quarters | null {
  if (bytes.length < at + QUARTERS) return null
  const view = viewOf(bytes)
  const quarters: Aggregate[] = []
  let next = at + QUARTERS
  for (let place = 0; place < QUARTERS; place++) {
    const kind = view.getUint8(at + place)
    const length = BYTES[kind as Kind]
    if (length === undefined || next + length > bytes.length) return null
    quarters.push(quarterOf(view, next, kind as Kind))
    next += length
  }
  return next === bytes.length ? (quarters as unknown as Quarters) : null
}

export function writeAggregate(
  view: DataView,
  at: number,
  { count, values, min, max, sum }: Aggregate,
): void {
  view.setFloat64(at, count)
  view.setFloat64(at + 8, values)
  view.setFloat64(at + 16, min ?? Number.NaN)
  view.setFloat64(at + 24, max ?? Number.NaN)
  view.setBigInt64(at + 32, sum >> 64n)
  view.setBigUint64(at + 40, BigInt.asUintN(64, sum))
}

export function readAggregate(view: DataView, at: number): Aggregate {
  return {
    count: view.getFloat64(at),
    values: view.getFloat64(at + 8),
    min: numberOrNull(view.getFloat64(at + 16)),
    max: numberOrNull(view.getFloat64(at + 24)),
    sum: (view.getBigInt64(at + 32) << 64n) | view.getBigUint64(at + 40),
  }
}

function quarterOf(view: DataView, at: number, kind: Kind): Aggregate {
  if (kind === KIND.empty) return EMPTY
  return kind === KIND.valued ? readAggregate(view, at) : { ...EMPTY, count: view.getFloat64(at) }
}

function kindOf(quarter: Aggregate): Kind {
  if (isSame(quarter, EMPTY)) return KIND.empty
  return isSame(quarter, { ...EMPTY, count: quarter.count }) ? KIND.counted : KIND.valued
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
