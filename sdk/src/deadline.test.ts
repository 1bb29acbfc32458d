import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { withDeadline } from './deadline.ts'
import { TallyError } from './errors.ts'

/** Timers that fire when the test says so. */
function manualTimers() {
  const pending = new Set<() => void>()
  return {
    pending,
    after: (_ms: number, act: () => void) => {
      pending.add(act)
      return () => pending.delete(act)
    },
  }
}

const NEVER = () => new Promise<never>(() => {})

async function checkEnded(run: Promise<unknown>, code: 'timeout' | 'aborted') {
  await assert.rejects(run, (error) => error instanceof TallyError && error.code === code)
}

test('work that ends in time leaves no timer and no listener behind', async () => {
  const timers = manualTimers()
  const { signal } = new AbortController()
  assert.equal(await withDeadline(timers, 1_000, signal, async () => 7), 7)
  await assert.rejects(
    withDeadline(timers, 1_000, signal, () => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(timers.pending.size, 0)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('work that takes too long is told, and is not waited for', async () => {
  const timers = manualTimers()
  let given: AbortSignal | undefined
  const run = withDeadline(timers, 1_000, undefined, (signal) => {
    given = signal
    return NEVER()
  })
  for (const act of timers.pending) act()
  await checkEnded(run, 'timeout')
  assert.ok(given?.aborted)
})

test('the signal of the caller ends the work, even before it begins', async () => {
  const timers = manualTimers()
  const controller = new AbortController()
  const run = withDeadline(timers, 1_000, controller.signal, NEVER)
  controller.abort()
  await checkEnded(run, 'aborted')
  await checkEnded(withDeadline(timers, 1_000, controller.signal, NEVER), 'aborted')
  assert.equal(timers.pending.size, 0)
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
})

test('neither AbortSignal.timeout nor AbortSignal.any is needed', async () => {
  const { timeout, any } = AbortSignal
  Object.assign(AbortSignal, { timeout: undefined, any: undefined })
  try {
    const { signal } = new AbortController()
    assert.equal(await withDeadline(manualTimers(), 1, signal, async () => 1), 1)
  } finally {
    Object.assign(AbortSignal, { timeout, any })
  }
})
