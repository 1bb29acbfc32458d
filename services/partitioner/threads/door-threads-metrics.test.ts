import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { doorThreadsMetrics, watchDoorThreads } from './door-threads-metrics.ts'

test('threads that died are counted, from 0 on, and those that take bodies are shown as they are', async () => {
  const registry = new Registry()
  const metrics = doorThreadsMetrics(registry)
  let up = 2
  watchDoorThreads(registry, () => up)
  assert.match(await registry.metrics(), /^tally_door_thread_deaths_total 0$/m)
  metrics.died()
  up = 1
  const shown = await registry.metrics()
  assert.match(shown, /^tally_door_thread_deaths_total 1$/m)
  assert.match(shown, /^tally_door_threads 1$/m)
})
