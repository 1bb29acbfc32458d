import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryAfterSeconds } from './retry-after.ts'

const check = (waitMs: number, random: number, expected: number) =>
  test(`${waitMs} ms with ${random} is ${expected} s`, () =>
    assert.equal(
      retryAfterSeconds(waitMs, () => random),
      expected,
    ))

const ALMOST_1 = 1 - Number.EPSILON
check(0, 0, 1)
check(1, 0, 1)
check(1, ALMOST_1, 2)
check(1_000, 0, 1)
check(1_001, 0, 2)
check(10_000, 0, 10)
check(10_000, 0.5, 13)
check(10_000, ALMOST_1, 15)
