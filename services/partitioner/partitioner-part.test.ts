import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../lib/clock.ts'
import { registerOperations } from '../../lib/http/operations.ts'
import { readServerSettings } from '../../lib/http/server-settings.ts'
import { startService } from '../../lib/http/start-service.ts'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { LogError } from '../../stores/log/log.ts'
import { LocalRateLimit } from '../../stores/rate-limit/rate-limit.ts'
import { OWN_RATES } from '../../stores/rates/rates.ts'
import { anEvent, LAYOUTS } from '../../testing/door-fixture.ts'
import { NAME_KEY } from '../../testing/event-fixture.ts'
import { fixedLayouts } from '../../testing/fixed-layouts.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { EVENT_LIMITS } from './limits.ts'
import { addPartitioner } from './partitioner-part.ts'
import { NO_VIEWERS } from './viewer.ts'

test('a front door that nothing takes events from is not ready until something does', async (t) => {
  let nowMs = 1_700_000_000_000
  const clock: Clock = { nowMs: () => nowMs, sleep: (ms, stop) => systemClock.sleep(ms, stop) }
  const log = new MemoryLog({ clock, partitions: 4 })
  let away = false
  const append: MemoryLog['append'] = async (...record) => {
    if (away) throw new LogError('unavailable', 'The spool is full.')
    return log.append(...record)
  }
  const settings = readServerSettings(new SettingsReader({ LOG_LEVEL: 'silent' }), 0)
  const { signal } = new AbortController()
  const unlimited = new LocalRateLimit(null, clock)
  const compose = async (service: Parameters<Parameters<typeof startService>[3]>[0]) => {
    const naming = { key: NAME_KEY, sourcesFromMs: 0 }
    const limits = { rateLimit: unlimited, senderLimits: { key: unlimited, address: unlimited } }
    const backing = {
      log: { append },
      layouts: { ...fixedLayouts(LAYOUTS), change: async () => LAYOUTS },
      naming,
      rates: OWN_RATES,
      ...limits,
    }
    addPartitioner(service, backing, { limits: EVENT_LIMITS, hotVideos: null, viewers: NO_VIEWERS })
    registerOperations(service.app, service)
    await service.listen()
  }
  const { url, stop } = await startService('tally-test', settings, signal, compose, clock)
  t.after(stop)
  let id = 0
  const send = async () => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(anEvent({ id: `e-${id++}`, time: nowMs }))
    return (await fetch(`${url}/v1/events`, { method: 'POST', headers, body })).status
  }
  const ready = async () => {
    const answer = await fetch(`${url}/health/ready`)
    const { errors = [] } = (await answer.json()) as { errors?: { code: string }[] }
    return [answer.status, ...errors.map(({ code }) => code)]
  }
  assert.deepEqual([await send(), await ready()], [202, [200]])
  away = true
  assert.deepEqual([await send(), await ready()], [503, [200]], 'one refusal is none yet')
  nowMs += 1_000
  assert.deepEqual(await ready(), [503, 'cannot_store_events'])
  assert.deepEqual([await send(), await ready()], [503, [503, 'cannot_store_events']])
  nowMs += 5_000
  assert.deepEqual(await ready(), [200], 'it is time for a trial')
  assert.deepEqual([await send(), await ready()], [503, [503, 'cannot_store_events']])
  away = false
  assert.deepEqual([await send(), await ready()], [202, [200]])
})
