import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Layout } from '../../../model/layout.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { Governor } from './governor.ts'
import { look, type Watch, wantsOverflow } from './rule.ts'

const RULE = { lagMs: 60_000, afterMs: 300_000 }
const LAYOUT: Layout = { version: 1, fromMinute: 0, partitions: 4, splits: new Map(), dedicated: new Map() }

test('the lane comes when the counts were too far behind for long, and goes when they kept up for long', () => {
  check('a lag that lasts', [lag(0, 61), lag(299, 61)], false)
  check('a lag that lasts long', [lag(0, 61), lag(300, 61)], true)
  check('a lag that was gone in between', [lag(0, 61), lag(200, 10), lag(250, 61), lag(400, 61)], false)
  check('a lag that shrinks and does not go', [lag(0, 61), lag(200, 31), lag(300, 59)], true)
  check('no lag', [lag(0, 60), lag(900, 60)], false)
  check('counts that keep up again', [lag(0, 61), lag(300, 30), lag(599, 60)], true, true)
  check('counts that kept up for long', [lag(0, 61), lag(300, 30), lag(600, 60)], false, true)
  check('a lane that somebody else turned on', [lag(0, 1), lag(299, 1)], true, true)
})

test('proposes once, and only while it leads', async () => {
  const clock = new ManualClock()
  let layouts: readonly Layout[] = [LAYOUT]
  const proposed: boolean[] = []
  const errors: unknown[] = []
  let lagMs = 90_000
  const governor = new Governor(
    {
      lagMs: async () => {
        if (lagMs < 0) throw new Error('the store is away')
        return lagMs
      },
      layouts: {
        current: () => layouts,
        async proposeOverflow(overflow) {
          layouts = [...layouts, { ...layouts.at(-1)!, overflow }]
          proposed.push(overflow)
          return layouts
        },
      },
      clock,
      onProposed: () => {},
      onError: (error) => errors.push(error),
    },
    RULE,
  )
  const stopping = new AbortController()
  const following = governor.follow(stopping.signal)
  const pass = async (seconds: number) => {
    for (let at = 0; at < seconds; at += 5) {
      await setImmediate()
      clock.advance(5_000)
      await setImmediate()
    }
  }
  await pass(600)
  assert.deepEqual(proposed, [])
  governor.lead(true)
  await pass(200)
  lagMs = -1
  await pass(50)
  lagMs = 90_000
  await pass(400)
  assert.deepEqual(proposed, [true])
  assert.equal(errors.length, 10)
  lagMs = 0
  await pass(250)
  governor.lead(false)
  governor.lead(true)
  await pass(250)
  assert.deepEqual(proposed, [true], 'a new leader looks for itself')
  await pass(100)
  assert.deepEqual(proposed, [true, false])
  stopping.abort()
  await following
})

test('a lag that nobody knows yet proposes nothing', async () => {
  const clock = new ManualClock()
  const layouts = { current: () => [LAYOUT], proposeOverflow: () => assert.fail('proposed') }
  const quiet = { onProposed: () => {}, onError: (error: unknown) => assert.fail(String(error)) }
  let asked = 0
  const lagMs = async () => {
    asked++
    return null
  }
  const governor = new Governor({ lagMs, layouts, clock, ...quiet }, RULE)
  const stopping = new AbortController()
  const following = governor.follow(stopping.signal)
  governor.lead(true)
  for (let at = 0; at < 600; at += 5) {
    await setImmediate()
    clock.advance(5_000)
    await setImmediate()
  }
  stopping.abort()
  await following
  assert.ok(asked > 100)
})

type Look = { readonly atMs: number; readonly lagMs: number }

function lag(atSeconds: number, seconds: number): Look {
  return { atMs: atSeconds * 1_000, lagMs: seconds * 1_000 }
}

function check(name: string, looks: readonly Look[], expected: boolean, overflows = false): void {
  let watch: Watch | null = null
  for (const { atMs, lagMs } of looks) watch = look(watch, lagMs, atMs, RULE)
  assert.equal(wantsOverflow(watch!, overflows, looks.at(-1)!.atMs, RULE), expected, name)
}
