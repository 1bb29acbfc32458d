import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { thousandthsOf } from './decimal.ts'

function check(value: unknown, expected: number | null): void {
  test(`${inspect(value)} is ${expected}`, () => assert.ok(Object.is(thousandthsOf(value), expected)))
}

check(0, 0)
check(-0, 0)
check(1, 1000)
check(1.005, 1005)
check(-1.005, -1005)
check(8.115, 8115)
check(1e-3, 1)
check(0.0005, null)
check(0.1 + 0.2, null)
check(1e9, 1e12)
check(-1e9, -1e12)
check(1e9 + 0.001, null)
check(999_999_999.999, 999_999_999_999)
check(1e300, null)
check(Number.POSITIVE_INFINITY, null)
check(Number.NaN, null)

check('1.005', 1005)
check('-0', 0)
check('-0.5', -500)
check('1000000000', 1e12)
check('1000000000.001', null)
check('1.0000', null)
check('1.', null)
check('.5', null)
check('01', null)
check('+1', null)
check('1e3', null)
check(' 1', null)
check('1\n', null)
check('', null)
check('9'.repeat(1_000), null)

check(true, null)
check(null, null)
check({}, null)

test('every integer of thousandths comes back from its number and from its text', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (thousandths) => {
      assert.equal(thousandthsOf(thousandths / 1000), thousandths)
      assert.equal(thousandthsOf((thousandths / 1000).toFixed(3)), thousandths)
    }),
  )
})

test('a fourth place is always noticed', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 9 }), (thousandths, tenth) => {
      assert.equal(thousandthsOf((thousandths * 10 + tenth) / 10_000), null)
    }),
  )
})
