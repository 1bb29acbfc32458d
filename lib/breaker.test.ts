import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Breaker, type BreakerState } from './breaker.ts'

const LIMITS = { windowMs: 60_000, failurePercentMax: 50, callsMin: 4, restMs: 1_000 }
const AWAY = new Error('away')
const WRONG = new Error('wrong')

function setup() {
  const states: BreakerState[] = []
  const onState = (_: string, state: BreakerState) => states.push(state)
  const breaker = new Breaker({
    name: 'the store',
    isFailure: (error) => error === AWAY,
    onState,
    limits: LIMITS,
  })
  let calls = 0
  const run = (outcome: Error | string) =>
    breaker.run(async () => {
      calls++
      if (typeof outcome !== 'string') throw outcome
      return outcome
    })
  const fail = async (times: number, error: Error) => {
    for (let i = 0; i < times; i++) await assert.rejects(run(error), error)
  }
  return { breaker, states, run, fail, calls: () => calls }
}

test('answers and errors pass through while it is closed', async () => {
  const { breaker, run, fail, states } = setup()
  assert.equal(await run('answer'), 'answer')
  await fail(1, AWAY)
  assert.deepEqual(states, [])
  breaker.close()
})

test('it opens when most calls fail, and then makes none', async () => {
  const { breaker, run, fail, states, calls } = setup()
  await fail(4, AWAY)
  await assert.rejects(run('answer'), { code: 'open', message: /the store/ })
  assert.equal(calls(), 4)
  assert.deepEqual(states, ['open'])
  breaker.close()
})

test('errors that say nothing about the store do not open it', async () => {
  const { breaker, run, fail, states } = setup()
  await fail(20, WRONG)
  assert.equal(await run('answer'), 'answer')
  assert.deepEqual(states, [])
  breaker.close()
})

for (const [outcome, expected] of [
  ['answer', 'closed'],
  [AWAY, 'open'],
] as const) {
  test(`after a rest one call is tried, and with ${outcome} it is ${expected}`, async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const { breaker, run, fail, states } = setup()
    await fail(4, AWAY)
    context.mock.timers.tick(LIMITS.restMs)
    const tried = run(outcome).catch(() => {})
    await assert.rejects(run('answer'), { code: 'open' })
    await tried
    assert.deepEqual(states, ['open', 'half_open', expected])
    breaker.close()
  })
}
