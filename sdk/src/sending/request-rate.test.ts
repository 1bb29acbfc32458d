import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRate, spendToken, tokenAtMs } from './request-rate.ts'

/** The moments at which requests start that are all wanted at once. */
function startsOf(perSecond: number, requests: number): number[] {
  const rate = newRate(perSecond)
  let nowMs = 0
  return Array.from({ length: requests }, () => {
    nowMs = tokenAtMs(rate, nowMs)
    tokenAtMs(rate, nowMs)
    spendToken(rate)
    return nowMs
  })
}

test('a burst of one second, then as many as are allowed', () => {
  assert.deepEqual(startsOf(2, 6), [0, 0, 500, 1_000, 1_500, 2_000])
})

test('less than one a second is a rate too', () => {
  assert.deepEqual(startsOf(0.5, 3), [0, 2_000, 4_000])
})

test('a clock that stands still or steps back gives nothing', () => {
  const rate = newRate(1)
  tokenAtMs(rate, 1_000)
  spendToken(rate)
  assert.equal(tokenAtMs(rate, 500), 1_500)
  assert.equal(tokenAtMs(rate, 500), 1_500)
})
