// How long the largest questions and the oddest bodies block the event loop: the longest time between two turns while
// each is answered, in the thread's own CPU time, so that a busy machine adds nothing; and how much of it V8's
// collector took, whose pauses depend on the size of the heap, not on the question. Client and server are one process,
// on the embedded store.

import assert from 'node:assert/strict'
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { NO_KEYS } from '../lib/http/keys/key-ring.ts'
import { openServer } from '../lib/http/open-server.ts'
import { QueryRate } from '../lib/http/query-rate.ts'
import { readServerSettings } from '../lib/http/server-settings.ts'
import { SettingsReader } from '../lib/settings-reader.ts'
import { systemClock } from '../lib/system-clock.ts'
import { DAY_MS, MINUTE_MS, minuteOf } from '../model/bucket.ts'
import { keptAt, keptUnlessCovered } from '../model/retention.ts'
import { EMPTY } from '../model/total.ts'
import { registerEvents } from '../services/partitioner/events-route.ts'
import { EVENT_LIMITS } from '../services/partitioner/limits.ts'
import { NO_METRICS } from '../services/partitioner/partitioner-metrics.ts'
import { readDriverSettings } from '../services/processing/driver-settings.ts'
import { registerQueries } from '../services/query/query-routes.ts'
import { answersFrom } from '../services/query/read/answers.ts'
import { openEmbeddedStores } from '../stores/counts/embedded/embedded-stores.ts'
import { LocalRateLimit } from '../stores/rate-limit/rate-limit.ts'
import { fixedLayouts } from '../testing/fixed-layouts.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { median } from './race.ts'
import { print } from './report.ts'
import { scaleOf } from './scale.ts'
import { names, WORST_BODIES } from './stall-bodies.ts'

const { rounds } = scaleOf(process.argv)
const LAYOUT = { version: 1, fromMinute: 0, partitions: 4, splits: new Map(), dedicated: new Map() }
const NOW_MS = Date.now()
const clock = systemClock

const STATS = '/v1/videos/v0/stats?eventType=view'

const iso = (ms: number) => new Date(ms).toISOString()

function query(round: number, rest: object): InjectOptions {
  const types = names('t', 10)
  const payload = {
    videoIds: names(`unseen-${round}-`, 100),
    eventTypes: types,
    groupBy: ['video', 'type'],
    ...rest,
  }
  return { method: 'POST', url: '/v1/query', payload }
}

const hourly = { granularity: 'PT1H', startTime: iso(NOW_MS - 2 * DAY_MS), limit: 1_000 }
const WORST: Readonly<Record<string, (round: number) => InjectOptions>> = {
  '1,000 unseen series from the beginning': (round) => query(round, {}),
  '1,000 unseen series over 90 days': (round) =>
    query(round, { startTime: iso(NOW_MS - 90 * DAY_MS - 45 * MINUTE_MS), limit: 1_000 }),
  '1,000 unseen series by the hour': (round) => query(round, hourly),
  '1,000 unseen series in one row, compared': (round) =>
    query(round, { ...hourly, groupBy: [], compare: 'previous', startTime: iso(NOW_MS - DAY_MS) }),
  '5 series of 10,000 minutes, all functions': (round) =>
    query(round, {
      videoIds: names('v', 5),
      eventTypes: ['view'],
      functions: ['count', 'sum', 'average', 'min', 'max', 'rate', 'cumulative'],
      granularity: 'PT1M',
      startTime: iso(NOW_MS - 9_990 * MINUTE_MS),
    }),
  '10,000 minutes of one video': () => ({
    url: `${STATS}&function=average&granularity=PT1M&startTime=${NOW_MS - 9_990 * MINUTE_MS}`,
  }),
  'a year of days in Kolkata': () => ({
    url: `${STATS}&function=count&granularity=P1D&timeZone=Asia/Kolkata&startTime=${NOW_MS - 365 * DAY_MS}`,
  }),
  ...WORST_BODIES,
}

/** CPU time of this thread, ms. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

type Stall = { readonly ms: number; readonly collectorMs: number }

let collections: PerformanceEntry[] = []
new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({ entryTypes: ['gc'] })

/** The longest time between two turns while it is answered. */
async function stallOf(app: FastifyInstance, options: InjectOptions): Promise<Stall> {
  for (let i = 0; i < 5; i++) await setImmediate()
  collections = []
  let longest = { ms: 0, from: 0, to: 0 }
  let isOver = false
  const answered = app.inject(options).then(({ statusCode }) => {
    isOver = true
    assert.ok([200, 202, 400, 413, 422].includes(statusCode), String(statusCode))
  })
  for (let last = { cpu: cpuMs(), at: performance.now() }; !isOver; ) {
    await setImmediate()
    const now = { cpu: cpuMs(), at: performance.now() }
    const ms = now.cpu - last.cpu
    if (ms > longest.ms) longest = { ms, from: last.at, to: now.at }
    last = now
  }
  await answered
  await setImmediate() // the observer hears of a collection a turn later
  return { ms: longest.ms, collectorMs: collectorMsWithin(longest) }
}

function collectorMsWithin({ ms, from, to }: { ms: number; from: number; to: number }): number {
  const within = collections.filter(({ startTime }) => startTime >= from && startTime < to)
  return Math.min(
    ms,
    within.reduce((sum, { duration }) => sum + duration, 0),
  )
}

await using directory = await temporaryDirectory()
const stores = await openEmbeddedStores({ directory: directory.path })
const minutes = Array.from({ length: 10_000 }, (_, i) => minuteOf(NOW_MS) - i)
for (const videoId of names('v', 5)) {
  const rows = minutes.map((minute) => ({
    bucket: { tenant: '', videoId, type: 'view', minute },
    total: { ...EMPTY, count: 3, values: 3, sum: 10_000n, min: 1, max: 9_000, upTo: 1 },
  }))
  await stores.counts.write('s-0', rows)
}
const { app, registry } = openServer(readServerSettings(new SettingsReader({ LOG_LEVEL: 'silent' }), 0))
const { counts, rollups, journal } = stores
const retention = { minutesMs: 14 * DAY_MS, hoursMs: 400 * DAY_MS }
const queries = answersFrom(
  {
    ...{ counts, rollups, cache: null, isShared: false },
    audits: { rollups, journal },
    kept: (nowMs, coverage) => keptUnlessCovered(keptAt(nowMs, retention), coverage),
  },
  { registry, clock, logger: app.log },
  { progress: () => ({ asOfMs: Date.now() }), coverage: () => rollups.reconciled },
  readDriverSettings(new SettingsReader({}), false).horizonMs,
)
registerQueries(app, {
  ...queries,
  ...{ clock, keys: NO_KEYS, metrics: { answered() {} } },
  rate: new QueryRate({ costPerSecondMax: null }, clock),
})
registerEvents(app, {
  log: new MemoryLog({ clock, partitions: LAYOUT.partitions }),
  layouts: fixedLayouts([LAYOUT]),
  ...{ clock, keys: NO_KEYS, limits: EVENT_LIMITS, sourcesFromMs: 0, metrics: NO_METRICS },
  rateLimit: new LocalRateLimit(null, clock),
})

const rows = []
for (const [question, optionsOf] of Object.entries(WORST)) {
  const stalls: Stall[] = []
  for (let round = 0; round <= rounds; round++) stalls.push(await stallOf(app, optionsOf(round)))
  const [first, ...later] = stalls
  const longest = later.reduce((one, other) => (other.ms > one.ms ? other : one))
  rows.push({
    question,
    'first, ms': first!.ms,
    'of it collector': first!.collectorMs,
    'longest later, ms': longest.ms,
    'of this collector': longest.collectorMs,
    'median, ms': median(later.map(({ ms }) => ms)),
  })
}
print('The longest stall of the event loop while one question is answered', rows)
await app.close()
await stores.close()
