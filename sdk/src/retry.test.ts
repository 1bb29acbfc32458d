import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryAfterMs, retryDelayMs } from './retry.ts'

const policy = { delayBaseMs: 100, delayCapMs: 5_000 }

function checkDelay(attempt: number, random: number, askedMs: number, expectedMs: number) {
  assert.equal(retryDelayMs(attempt, random, askedMs, policy), expectedMs, `attempt ${attempt}`)
}

test('the delay is uniform below a bound that doubles up to its cap', () => {
  checkDelay(0, 0, 0, 0)
  checkDelay(0, 0.5, 0, 50)
  checkDelay(1, 0.5, 0, 100)
  checkDelay(3, 0.999, 0, 799)
  checkDelay(6, 0.5, 0, 2_500)
  checkDelay(2_000, 0.5, 0, 2_500)
})

test('what the server asks for is waited in full, and the jitter comes on top', () => {
  checkDelay(0, 0, 3_000, 3_000)
  checkDelay(1, 0.5, 3_000, 3_100)
  checkDelay(9, 0.5, 60_000, 62_500)
})

function checkHeader(header: string | null, expectedMs: number) {
  const nowMs = Date.parse('2026-11-21T08:00:00Z')
  assert.equal(retryAfterMs(header, nowMs), expectedMs, String(header))
}

test('Retry-After is read as seconds or as a date', () => {
  checkHeader(null, 0)
  checkHeader('2', 2_000)
  checkHeader(' 120 ', 120_000)
  checkHeader('Sat, 21 Nov 2026 08:00:05 GMT', 5_000)
  checkHeader('Sat, 21 Nov 2026 07:59:00 GMT', 0)
  checkHeader('soon', 0)
})
