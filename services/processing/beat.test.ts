import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Beat } from './beat.ts'

function check(fromMs: number, nowMs: number, expected: number): void {
  test(`from ${nowMs} on a beat of 1,000 ms that began at ${fromMs} is ${expected} ms away`, () => {
    assert.equal(new Beat(fromMs, 1_000).untilNextMs(nowMs), expected)
  })
}

check(0, 0, 1_000)
check(0, 1, 999)
check(0, 899, 101)
check(0, 999, 1_001) // a timer that fired too early
check(0, 3_000, 1_000)
check(250, 1_000, 250)
check(250, 0, 250) // the clock was set back
check(250, -2_000, 250)
check(250, 249, 1_001)
