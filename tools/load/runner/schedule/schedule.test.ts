import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Executor } from '../script-options.ts'
import { Arrivals } from './arrivals.ts'
import type { Clock } from './clock.ts'
import { execute } from './execute.ts'

test('a constant rate is due in proportion to time, and nothing after its end', () => {
  const arrivals = new Arrivals([{ from: 300, to: 300, durationMs: 10_000 }])
  assert.deepEqual(
    [0, 10, 1_000, 10_000, 20_000].map((ms) => arrivals.dueBy(ms)),
    [0, 3, 300, 3_000, 3_000],
  )
})

test('a rate that changes is due as the area below it', () => {
  const arrivals = new Arrivals([
    { from: 0, to: 100, durationMs: 2_000 },
    { from: 100, to: 100, durationMs: 1_000 },
    { from: 100, to: 0, durationMs: 1_000 },
  ])
  assert.deepEqual(
    [1_000, 2_000, 3_000, 3_500, 4_000].map((ms) => arrivals.dueBy(ms)),
    [25, 100, 200, 237, 250],
  )
})

/** After this many turns of the event loop, everything that could continue has continued. */
const TURNS = 5

/** Time that jumps to the end of the next sleep when everything waits. */
class TestClock implements Clock {
  #nowMs = 0
  #goingOn: Promise<void> = Promise.resolve()
  readonly #sleepers: { readonly endMs: number; readonly wake: () => void }[] = []

  nowMs(): number {
    return this.#nowMs
  }

  sleep(ms: number): Promise<void> {
    const goOn = async () => {
      for (let i = 0; i < TURNS; i++) await turn()
      this.#sleepers.sort((a, b) => a.endMs - b.endMs)
      const next = this.#sleepers.shift()!
      this.#nowMs = next.endMs
      next.wake()
    }
    this.#goingOn = this.#goingOn.then(goOn)
    return new Promise((wake) => {
      this.#sleepers.push({ endMs: this.#nowMs + ms, wake })
    })
  }
}

type Begun = { readonly vu: number; readonly iteration: number; readonly atMs: number }
type Conditions = { readonly workers?: number; readonly takesMs?: number; readonly signal?: AbortSignal }

/** @param takesMs how long each iteration lasts; far longer than the run when missing */
async function run(
  executor: Executor,
  { workers = 1, takesMs = 1e6, signal = new AbortController().signal }: Conditions = {},
) {
  const begun: Begun[] = []
  let dropped = 0
  for (let worker = 0; worker < workers; worker++) {
    const clock = new TestClock()
    const iterate = async (vu: number, iteration: number) => {
      begun.push({ vu, iteration, atMs: clock.nowMs() })
      await clock.sleep(takesMs)
    }
    const onDropped = () => {
      dropped++
    }
    await execute(executor, { clock, share: { worker, workers }, signal, iterate, onDropped })
  }
  return { begun, dropped }
}

const STEADY = new Arrivals([{ from: 100, to: 100, durationMs: 1_000 }])

test('arrival is open: iterations that never end hold up none', async () => {
  const { begun, dropped } = await run({ arrivals: STEADY, vusMax: 1_000 })
  assert.equal(begun.length, 100)
  assert.equal(dropped, 0)
  assert.deepEqual(
    begun.slice(0, 3).map(({ atMs }) => atMs),
    [10, 20, 30],
  )
})

test('where no virtual user is free, an iteration is dropped and not put off', async () => {
  const { begun, dropped } = await run({ arrivals: STEADY, vusMax: 10 })
  assert.deepEqual([begun.length, dropped], [10, 90])
})

test('virtual users that are done take further iterations', async () => {
  const { begun, dropped } = await run({ arrivals: STEADY, vusMax: 3 }, { takesMs: 20 })
  assert.equal(dropped, 0)
  assert.ok(new Set(begun.map(({ vu }) => vu)).size <= 3)
})

test('workers share the iterations, each once', async () => {
  const { begun } = await run({ arrivals: STEADY, vusMax: 1_000 }, { workers: 3 })
  const iterations = begun.map(({ iteration }) => iteration).sort((a, b) => a - b)
  assert.deepEqual(
    iterations,
    Array.from({ length: 100 }, (_, i) => i),
  )
})

test('a stop ends the arrivals', async () => {
  const { begun } = await run({ arrivals: STEADY, vusMax: 1_000 }, { signal: AbortSignal.abort() })
  assert.equal(begun.length, 0)
})

const VUS = { vus: 4, durationMs: 1_000, iterations: 10, isPerVu: false }

test('shared iterations are run once each, iterations of each user so often each', async () => {
  const shared = await run(VUS, { takesMs: 1 })
  assert.deepEqual(new Set(shared.begun.map(({ iteration }) => iteration)).size, 10)
  assert.equal(shared.begun.length, 10)
  const own = await run({ ...VUS, isPerVu: true }, { takesMs: 1 })
  assert.equal(own.begun.length, 40)
  assert.equal(new Set(own.begun.map(({ iteration }) => iteration)).size, 40)
})

test('constant users go on until the time is over', async () => {
  const { begun } = await run({ ...VUS, iterations: Number.POSITIVE_INFINITY, vus: 1 }, { takesMs: 100 })
  assert.ok(begun.every(({ atMs }) => atMs <= 1_000) && begun.length > 0)
})
