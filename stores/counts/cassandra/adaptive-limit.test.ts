import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AdaptiveLimit } from './adaptive-limit.ts'

const BOUNDS = { least: 2, first: 4, most: 8, latencyMaxMs: 100 }
const BUSY = new Error('busy')

/** Requests that end when they are told to, each after a time. */
function setup() {
  let nowMs = 0
  const limit = new AdaptiveLimit(
    BOUNDS,
    () => nowMs,
    (error) => error === BUSY,
  )
  const started: PromiseWithResolvers<void>[] = []
  const request = () => {
    const end = Promise.withResolvers<void>()
    started.push(end)
    return end.promise
  }
  const end = async (at: number, tookMs: number, error?: Error) => {
    nowMs += tookMs
    if (error === undefined) started[at]!.resolve()
    else started[at]!.reject(error)
    await new Promise(setImmediate)
  }
  return { limit, started, request, end }
}

test('requests beyond the limit wait for their turn', async () => {
  const { limit, started, request, end } = setup()
  const runs = Array.from({ length: 6 }, () => limit.run(request))
  assert.equal(started.length, 4)
  await end(0, 1)
  assert.equal(started.length, 5)
  for (let at = 1; at < 6; at++) await end(at, 1)
  await Promise.all(runs)
})

test('the limit grows while answers are quick, up to its bound', async () => {
  const { limit } = setup()
  for (let i = 0; i < 100; i++) await limit.run(async () => {})
  assert.equal(limit.limit, BOUNDS.most)
})

test('slow answers shrink the limit once for all that were under way', async () => {
  const { limit, request, end } = setup()
  const runs = Array.from({ length: 4 }, () => limit.run(request))
  for (let at = 0; at < 4; at++) await end(at, 101)
  await Promise.all(runs)
  assert.equal(limit.limit, 2)
})

for (const [what, error, expected] of [
  ['overload', BUSY, 2],
  ['another failure', new Error('no'), 4],
] as const) {
  test(`after ${what} the limit is ${expected}, and the failure is passed on`, async () => {
    const { limit } = setup()
    await assert.rejects(
      limit.run(() => Promise.reject(error)),
      error,
    )
    assert.equal(limit.limit, expected)
  })
}

test('the limit never falls below its bound, and frees the places of failed requests', async () => {
  const { limit } = setup()
  for (let i = 0; i < 20; i++) await limit.run(() => Promise.reject(BUSY)).catch(() => {})
  assert.equal(limit.limit, BOUNDS.least)
  await limit.run(async () => {})
})
