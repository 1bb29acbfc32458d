import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Quarters } from '../../model/quarters.ts'
import { type Aggregate, EMPTY } from '../../model/total.ts'
import { viewOf } from '../disk/checked-value.ts'
import { quartersLength, readQuarters, writeQuarters } from './quarters-value.ts'

const value = fc.option(fc.integer({ min: -1e12, max: 1e12 }))
const aggregate: fc.Arbitrary<Aggregate> = fc.oneof(
  fc.constant(EMPTY),
  fc.integer().map((count) => ({ ...EMPTY, count })),
  fc.record(
    {
      count: fc.maxSafeInteger(),
      values: fc.maxSafeInteger(),
      sum: fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }),
      min: value,
      max: value,
    },
    { noNullPrototype: true },
  ),
)
const quarters = fc.tuple(aggregate, aggregate, aggregate, aggregate) as fc.Arbitrary<Quarters>

function bytesOf(quarters: Quarters, at = 0): Uint8Array {
  const bytes = new Uint8Array(at + quartersLength(quarters))
  writeQuarters(viewOf(bytes), at, quarters)
  return bytes
}

test('quarters come back as they went in, wherever they stand', () => {
  fc.assert(
    fc.property(quarters, fc.nat(9), (quarters, at) => {
      assert.deepEqual(readQuarters(bytesOf(quarters, at), at), quarters)
    }),
  )
})

test('bytes that are cut, or too many, are none', () => {
  fc.assert(
    fc.property(quarters, fc.nat(), (quarters, cut) => {
      const bytes = bytesOf(quarters)
      assert.equal(readQuarters(bytes.subarray(0, cut % bytes.length), 0), null)
      assert.equal(readQuarters(new Uint8Array([...bytes, 0]), 0), null)
    }),
  )
})

test('a full hour of views takes little', () => {
  const views = { ...EMPTY, count: 1_000 }
  assert.equal(bytesOf([views, views, views, views]).length, 36)
  assert.equal(bytesOf([EMPTY, EMPTY, EMPTY, EMPTY]).length, 4)
})
