// A server of live counts and viewers over memory, for tests of the route.
import type { AddressInfo } from 'node:net'
import type { Clock } from '../lib/clock.ts'
import { QueryRate } from '../lib/http/query-rate.ts'
import { buildServer } from '../lib/http/server.ts'
import { systemClock } from '../lib/system-clock.ts'
import { minuteOf } from '../model/bucket.ts'
import { EMPTY } from '../model/total.ts'
import { LiveCounts } from '../services/query/live/live-counts.ts'
import { LIVE_LIMITS, type LiveLimits } from '../services/query/live/live-limits.ts'
import { registerLive } from '../services/query/live/live-route.ts'
import { registerViewers } from '../services/query/viewers-route.ts'
import { MemoryChanges } from '../stores/changes/memory-changes.ts'
import { MemoryViewers } from '../stores/viewers/memory-viewers.ts'
import { keyRing } from './key-ring.ts'
import { LiveClient, type LiveMessage } from './live-client.ts'
import { MemoryCounts } from './memory-counts.ts'

const NO_METRICS = { looked() {}, failed() {}, opened() {}, closed() {}, sent() {} }

type Serving = {
  readonly asOfMs?: number
  readonly costPerSecondMax?: number | null
  /** Of keys, links and beats. */
  readonly time?: Clock
  /** Minutes before are not kept. */
  readonly keptFrom?: number
}

/** Listens on a port of its own until disposed of. */
export async function serveLive(
  limits: Partial<LiveLimits> = {},
  keys = '',
  { asOfMs, costPerSecondMax = null, time = systemClock, keptFrom = 0 }: Serving = {},
) {
  const clock = systemClock
  const counts = new MemoryCounts()
  const changes = new MemoryChanges()
  const viewers = new MemoryViewers(clock)
  const dropped: boolean[] = []
  const metrics = { ...NO_METRICS, closed: (wasDropped: boolean) => dropped.push(wasDropped) }
  const deps = { recent: counts, past: counts, changes, viewers, clock, metrics }
  const kept = () => ({ minutesFrom: keptFrom, hoursFrom: 0 })
  const live = new LiveCounts({ ...deps, kept, progress: () => ({ asOfMs: asOfMs ?? clock.nowMs() }) })
  const app = buildServer()
  const apiKeys = keyRing(keys, undefined, time)
  const rate = new QueryRate({ costPerSecondMax }, clock)
  registerLive(app, {
    ...{ counts: live, keys: apiKeys, limits: { ...LIVE_LIMITS, ...limits }, rate, metrics },
    clock: time,
  })
  registerViewers(app, { viewers, keys: apiKeys, clock, rate })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const minute = minuteOf(clock.nowMs()) // one for all: a total is that of its minute
  let upTo = 0
  return {
    ...{ app, live, url, dropped, keys: apiKeys },
    connect: (query: string, headers = {}, onMessage = (_: LiveMessage) => {}) =>
      LiveClient.connect(`${url}/v1/live?${query}`, { headers, onMessage }),
    async count(videoId: string, count: number, type = 'view', tenant = '') {
      const series = { tenant, videoId, type }
      const total = { ...EMPTY, count, upTo: upTo++ }
      await counts.write('s', [{ bucket: { ...series, minute }, total }])
      changes.publish({ series: [series], asOfMs: 0 })
    },
    [Symbol.asyncDispose]: () => app.close(),
  }
}
