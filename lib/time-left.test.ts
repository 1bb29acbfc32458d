import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeLeftText } from './time-left.ts'

function check(share: number, elapsedMs: number, expected: string): void {
  test(`${share} after ${elapsedMs} ms: "${expected}"`, () => {
    assert.equal(timeLeftText(share, elapsedMs), expected)
  })
}

check(0, 60_000, '')
check(0.5, 1_000, '')
check(1, 60_000, '')
check(0.9, 9_000, ', 1 s left')
check(0.5, 59_000, ', 59 s left')
check(0.25, 60_000, ', 3 min left')
check(0.1, 3_600_000, ', 9.0 h left')
