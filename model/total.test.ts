import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Aggregate, add, EMPTY, writeTimestampMicros } from './total.ts'

const aggregate: fc.Arbitrary<Aggregate> = fc
  .array(fc.option(fc.integer({ min: -1e12, max: 1e12 })), { maxLength: 5 })
  .map(aggregateOf)

function aggregateOf(events: readonly (number | null)[]): Aggregate {
  const values = events.filter((value) => value !== null)
  return {
    count: events.length,
    values: values.length,
    sum: values.reduce((sum, value) => sum + BigInt(value), 0n),
    min: values.length === 0 ? null : Math.min(...values),
    max: values.length === 0 ? null : Math.max(...values),
  }
}

test('the sum of two aggregates is that of all their events', () => {
  const events = fc.array(fc.option(fc.integer()), { maxLength: 8 })
  fc.assert(
    fc.property(events, events, (a, b) => {
      assert.deepEqual(add(aggregateOf(a), aggregateOf(b)), aggregateOf([...a, ...b]))
    }),
  )
})

test('the order of addition makes no difference, and nothing added changes nothing', () => {
  fc.assert(
    fc.property(aggregate, aggregate, aggregate, (a, b, c) => {
      assert.deepEqual(add(add(a, b), c), add(a, add(c, b)))
      assert.deepEqual(add(a, EMPTY), a)
    }),
  )
})

test('an event without a value leaves least and greatest alone', () => {
  assert.deepEqual(add(aggregateOf([-5, 3]), aggregateOf([null])), {
    count: 3,
    values: 2,
    sum: -2n,
    min: -5,
    max: 3,
  })
})

test('a total that includes more always has the higher version', () => {
  fc.assert(
    fc.property(fc.nat(), fc.maxSafeNat(), (minute, upTo) => {
      assert.ok(writeTimestampMicros(minute, upTo) < writeTimestampMicros(minute, upTo + 1))
    }),
  )
})

test('a version is the start of the minute in microseconds and the offset', () => {
  const minute = Date.UTC(2026, 10, 21) / 60_000
  assert.equal(writeTimestampMicros(minute, 42), BigInt(Date.UTC(2026, 10, 21)) * 1_000n + 42n)
})
