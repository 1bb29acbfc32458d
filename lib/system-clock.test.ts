import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { systemClock } from './system-clock.ts'

const LONG_MS = 3_600_000

test('a sleep that is cut short ends at once, and leaves nothing behind at its signal', async () => {
  const waker = new AbortController()
  const sleeps = [systemClock.sleep(LONG_MS, waker.signal), systemClock.sleep(LONG_MS, waker.signal)]
  waker.abort()
  await Promise.all(sleeps)
  assert.equal(getEventListeners(waker.signal, 'abort').length, 0)
})

test('a sleep whose signal is aborted already ends at once', async () => {
  await systemClock.sleep(LONG_MS, AbortSignal.abort())
})

test('a sleep that ends by itself leaves nothing behind at its signal', async () => {
  const { signal } = new AbortController()
  await systemClock.sleep(1, signal)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})
