// Runs every sample of the API's description, against a server.

import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { NO_KEYS } from '../lib/http/keys/key-ring.ts'
import { buildServer } from '../lib/http/server.ts'
import { type Client, createClient } from '../sdk/src/node/index.ts'
import { patientRuntime } from '../sdk/src/patient-runtime.ts'
import { OPENAPI } from '../services/description.ts'
import { registerEvents } from '../services/partitioner/events-route.ts'
import { EVENT_LIMITS } from '../services/partitioner/limits.ts'
import { NO_METRICS } from '../services/partitioner/partitioner-metrics.ts'
import { RecentHistory } from '../services/query/audit/recent-history.ts'
import { registerHistory } from '../services/query/audit/recent-history-route.ts'
import { registerChannels } from '../services/query/channel-route.ts'
import { registerKey } from '../services/query/key-route.ts'
import { registerQueries } from '../services/query/query-routes.ts'
import { registerShare } from '../services/query/share-route.ts'
import { registerTops } from '../services/query/tops/top-route.ts'
import { registerAnnotations } from '../services/query/videos/annotation-routes.ts'
import { registerViewers } from '../services/query/viewers-route.ts'
import { registerAlerts } from '../services/reconciler/alerts/alert-routes.ts'
import { registerBreakdown } from '../services/reconciler/questions/breakdown-route.ts'
import { registerSite } from '../services/reconciler/questions/site-route.ts'
import { LocalRateLimit } from '../stores/rate-limit/rate-limit.ts'
import { MemoryTops } from '../stores/tops/memory-tops.ts'
import { MemoryViewers } from '../stores/viewers/memory-viewers.ts'
import { AdminWorld } from '../testing/admin-fixture.ts'
import { fixedLayouts } from '../testing/fixed-layouts.ts'
import { keyRing } from '../testing/key-ring.ts'
import { MemoryAlerts } from '../testing/memory-alerts.ts'
import { MemoryCounts } from '../testing/memory-counts.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { queryDeps } from '../testing/query-fixture.ts'

type Sample = { readonly label: string; readonly source: string }
type Program = (tally: Client, console: Pick<Console, 'log'>) => Promise<void>

const CURL = /^curl (-X (?<method>PUT) )?'http:\/\/localhost:8080(?<path>[^']+)'( --json '(?<body>[^']+)')?$/
const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => Program

/** When the sample's event happened. */
const clock = { nowMs: () => Date.parse('2026-11-21T12:00:30Z'), sleep: async () => {} }
const app = buildServer()
const deps = { ...queryDeps(new MemoryCounts()), clock }
const world = new AdminWorld(clock.nowMs(), join(tmpdir(), 'tally-samples'))
registerQueries(app, deps)
registerChannels(app, { ...deps, videos: world.videos })
registerTops(app, { ...deps, tops: new MemoryTops(clock) })
registerBreakdown(app, world.breakdown)
registerSite(app, world.byAttribute)
registerAlerts(app, {
  ...{ alerts: new MemoryAlerts(), receivers: new Set<string>(), clock, keys: NO_KEYS, rate: deps.rate },
  send: async () => ({ ok: true }),
})
registerHistory(app, { ...deps, history: new RecentHistory(deps) })
registerAnnotations(app, { videos: world.videos, keys: NO_KEYS, rate: deps.rate })
registerViewers(app, { viewers: new MemoryViewers(clock), clock, keys: NO_KEYS, rate: deps.rate })
registerShare(app, { ...deps, keys: keyRing(undefined) })
registerKey(app, { ...deps, keys: keyRing(undefined) })
registerEvents(app, {
  ...{ clock, keys: NO_KEYS, limits: EVENT_LIMITS, sourcesFromMs: 0, metrics: NO_METRICS },
  rateLimit: new LocalRateLimit(null, clock),
  log: new MemoryLog({ clock, partitions: 1 }),
  layouts: fixedLayouts([
    { version: 1, fromMinute: 0, partitions: 1, splits: new Map(), dedicated: new Map() },
  ]),
})
const url = await app.listen({ host: '127.0.0.1', port: 0 })
after(() => app.close())

for (const [path, operations] of Object.entries<object>(OPENAPI.paths)) {
  for (const operation of Object.values(operations)) {
    for (const { label, source } of (operation['x-codeSamples'] ?? []) as Sample[]) {
      test(`${label} of ${path}`, () => (label === 'SDK' ? runProgram(source) : runCurl(source)))
    }
  }
}

async function runCurl(source: string): Promise<void> {
  const { method = 'POST', path, body } = CURL.exec(source)!.groups!
  const response =
    body === undefined
      ? await app.inject(path!)
      : await app.inject({ method: method as 'POST' | 'PUT', url: path!, payload: JSON.parse(body) })
  assert.ok(response.statusCode < 300, response.body)
}

async function runProgram(source: string): Promise<void> {
  const runtime = { ...patientRuntime, nowMs: clock.nowMs }
  await new AsyncFunction('tally', 'console', source)(createClient({ url }, runtime), { log: () => {} })
}
