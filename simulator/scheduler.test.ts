import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'

const FOREVER = Number.MAX_SAFE_INTEGER
const never = () => false

test('things happen in order of time, and the clock says when', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 50 })), async (delays) => {
      const scheduler = new Scheduler(new Random(1), 1_000)
      const happened: number[] = []
      for (const delay of delays) {
        scheduler.after(delay, () => {
          assert.equal(scheduler.nowMs, 1_000 + delay)
          happened.push(delay)
        })
      }
      assert.equal(await scheduler.runUntil(never, FOREVER), false)
      assert.deepEqual(
        happened,
        delays.toSorted((a, b) => a - b),
      )
    }),
  )
})

test('promises run as far as they can before the next thing happens', async () => {
  const scheduler = new Scheduler(new Random(1), 0)
  const lines: string[] = []
  scheduler.after(1, async () => {
    for (let i = 0; i < 50; i++) await null
    lines.push('first')
  })
  scheduler.after(2, () => lines.push('second'))
  await scheduler.runUntil(never, FOREVER)
  assert.deepEqual(lines, ['first', 'second'])
})

test('the seed decides between things of the same moment', async () => {
  const order = async (seed: number) => {
    const scheduler = new Scheduler(new Random(seed), 0)
    const happened: number[] = []
    for (let i = 0; i < 20; i++) scheduler.after(5, () => happened.push(i))
    await scheduler.runUntil(never, FOREVER)
    return happened
  }
  assert.deepEqual(await order(7), await order(7))
  assert.notDeepEqual(await order(7), await order(8))
})

test('a run ends with its condition or its deadline', async () => {
  const scheduler = new Scheduler(new Random(1), 0)
  for (let i = 1; i <= 10; i++) scheduler.after(i, () => {})
  assert.equal(await scheduler.runUntil(() => scheduler.nowMs >= 3, FOREVER), true)
  assert.equal(scheduler.nowMs, 3)
  assert.equal(await scheduler.runUntil(never, 6), false)
  assert.equal(scheduler.nowMs, 6)
})

test('a sleeper wakes when its time has come', async () => {
  const scheduler = new Scheduler(new Random(1), 0)
  let awake = false
  scheduler.sleep(10).then(() => {
    awake = true
  })
  await scheduler.runUntil(never, 9)
  assert.ok(!awake)
  await scheduler.runUntil(never, 10)
  assert.ok(awake)
})
