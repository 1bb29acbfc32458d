import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { ManualClock } from '../../testing/manual-clock.ts'
import { Failing } from '../failing.ts'
import { registerOperations } from './operations.ts'
import { isLasting, outsideGroup, Readiness } from './readiness.ts'
import { buildServer } from './server.ts'

async function ready(readiness: Readiness): Promise<{ status: number; body: Record<string, unknown> }> {
  const app = buildServer()
  registerOperations(app, { registry: new Registry(), readiness, warnings: () => [] })
  const { statusCode, body } = await app.inject('/health/ready')
  return { status: statusCode, body: JSON.parse(body) }
}

test('a process is ready until something is wrong, and then names every reason', async () => {
  const readiness = new Readiness()
  let halted = false
  readiness.add(() => (halted ? { code: 'source_halted', detail: 'It stands.' } : null))
  readiness.add(() => (halted ? [{ code: 'recount_behind', detail: 'It lags.' }] : []))
  assert.deepEqual(await ready(readiness), { status: 200, body: { status: 'ready' } })
  halted = true
  const { status, body } = await ready(readiness)
  assert.deepEqual(
    [status, body.type, body.detail],
    [503, 'urn:tally:problem:not-ready', 'It stands. It lags.'],
  )
  assert.deepEqual(body.errors, [
    { code: 'source_halted', detail: 'It stands.' },
    { code: 'recount_behind', detail: 'It lags.' },
  ])
  halted = false
  assert.equal((await ready(readiness)).status, 200)
})

test('a process that drains is never ready again', async () => {
  const readiness = new Readiness()
  readiness.drain()
  const { status, body } = await ready(readiness)
  assert.equal(status, 503)
  assert.deepEqual(
    (body.errors as { code: string }[]).map(({ code }) => code),
    ['draining'],
  )
})

const RULE = { afterMs: 1_000, untriedMs: 5_000 }

/** A step: how long it takes, whether the call then succeeds (or is no failure), and whether trouble is seen after. */
type Step = readonly [ms: number, call: 'succeeds' | 'fails' | 'is refused' | null, isTrouble: boolean]

function check(name: string, steps: readonly Step[]): void {
  test(name, async () => {
    const clock = new ManualClock()
    const failing = new Failing(clock, (error) => (error as Error).message === 'fails')
    for (const [at, [ms, call, isTrouble]] of steps.entries()) {
      clock.advance(ms)
      if (call === 'succeeds') await failing.watch(Promise.resolve())
      else if (call !== null) await failing.watch(Promise.reject(new Error(call))).catch(() => {})
      assert.equal(isLasting(failing.failures, RULE, clock.nowMs()), isTrouble, `step ${at}`)
    }
  })
}

check('a trouble counts once it has lasted', [
  [0, 'fails', false],
  [999, 'fails', false],
  [1, null, true],
])
check('a trouble with successes in between never counts, however long it goes on', [
  [0, 'fails', false],
  [600, 'succeeds', false],
  [600, 'fails', false],
  [600, 'succeeds', false],
  [600, 'fails', false],
])
check('a success ends a trouble at once', [
  [0, 'fails', false],
  [2_000, 'fails', true],
  [1, 'succeeds', false],
])
check('a trouble that nobody tries is left for a trial, which shows it at once if it is still there', [
  [0, 'fails', false],
  [4_999, null, true],
  [1, null, false],
  [60_000, 'fails', true],
])
check('what is no failure changes nothing', [
  [0, 'is refused', false],
  [2_000, 'is refused', false],
  [0, 'fails', false],
  [1_500, 'is refused', true],
])

test('outside its group a process is not ready: at once where it never was in it, else after a moment', () => {
  assert.equal(outsideGroup({ outsideSinceMs: null }, 1e12), null)
  assert.equal(outsideGroup({ outsideSinceMs: Number.NEGATIVE_INFINITY }, 0)?.code, 'not_in_group')
  assert.equal(outsideGroup({ outsideSinceMs: 1e12 }, 1e12 + 14_999), null)
  assert.equal(outsideGroup({ outsideSinceMs: 1e12 }, 1e12 + 15_000)?.code, 'not_in_group')
})
