import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toThousandths } from './thousandths.ts'

function check(value: number, expected: number) {
  assert.equal(toThousandths(value), expected, String(value))
  assert.equal(toThousandths(-value), expected === 0 ? 0 : -expected, String(-value))
}

test('a number is rounded to three places, half away from zero, as it is written', () => {
  check(12.345678, 12.346)
  check(0.1 + 0.2, 0.3)
  check(1.0005, 1.001)
  check(1.0004999, 1)
  check(1.0005000001, 1.001)
  check(2.5005, 2.501)
  check(0.0005, 0.001)
  check(0.00049999, 0)
  check(1.005, 1.005)
  check(4.35, 4.35)
  check(8.345, 8.345)
  check(1e-7, 0)
  check(5e-324, 0)
  check(123456789.1235, 123456789.124)
  check(999_999_999.9995, 1e9)
})

test('what has at most three places stays as it is, and -0 is 0', () => {
  for (const value of [1, 0.001, 1e9, 999_999_999.999, 1e9 + 1, 1e21, 1.7e308]) check(value, value)
  assert.ok(Object.is(JSON.stringify(toThousandths(-0)), '0'))
})
