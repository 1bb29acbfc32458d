import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { buildServer } from '../../../lib/http/server.ts'
import { MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import { EMPTY } from '../../../model/total.ts'
import type { SharedCache } from '../../../stores/cache/cache.ts'
import { MemoryTops } from '../../../stores/tops/memory-tops.ts'
import { checkAnswers } from '../../../testing/check-answers.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryCache } from '../../../testing/memory-cache.ts'
import { MemoryCounts } from '../../../testing/memory-counts.ts'
import { MemoryJournal } from '../../../testing/memory-journal.ts'
import { MemoryRollups } from '../../../testing/memory-rollups.ts'
import { MemoryUniques } from '../../../testing/memory-uniques.ts'
import { queryDeps } from '../../../testing/query-fixture.ts'
import { registerQueries } from '../query-routes.ts'
import { groupOf } from '../read/forget.ts'
import { registerTops } from '../tops/top-route.ts'
import { registerUniques } from '../uniques-route.ts'
import { LAST_KNOWN_SETTINGS, LastKnown, type LastKnownSettings } from './last-known.ts'

const NOW = Date.parse('2026-11-21T12:00:30Z')
const MIDNIGHT = 'startTime=2026-11-21T00:00:00Z'

type Store = 'there' | 'away' | 'hangs'
type Setup = {
  readonly shared?: SharedCache
  readonly keys?: string
  readonly settings?: Partial<LastKnownSettings>
}

/** Every call to the returned port fails or hangs with the store. */
function behind<T extends object>(port: T, store: () => Store): T {
  return new Proxy(port, {
    get(target, name) {
      const member = Reflect.get(target, name) as (...args: unknown[]) => unknown
      return (...args: unknown[]) => {
        if (store() === 'away') return Promise.reject(new Error('away'))
        return store() === 'hangs' ? new Promise(() => {}) : member.apply(target, args)
      }
    },
  })
}

function serve({ shared, keys, settings }: Setup = {}) {
  const clock = new ManualClock(NOW)
  const state: { store: Store } = { store: 'there' }
  const store = () => state.store
  const counts = new MemoryCounts()
  const lastKnown = new LastKnown(
    { clock, shared: shared ?? null, onStale: () => {} },
    { ...LAST_KNOWN_SETTINGS, ...settings },
  )
  const deps = {
    ...queryDeps(counts),
    clock,
    lastKnown,
    keys: keyRing(keys),
    progress: () => ({ asOfMs: clock.nowMs() - 500 }),
    counts: behind(counts, store),
    checkpoints: () => behind(counts, store).checkpoints(),
    audits: {
      rollups: behind(new MemoryRollups(), store),
      journal: behind(new MemoryJournal(), store),
    },
  }
  const app = buildServer()
  checkAnswers(app)
  registerQueries(app, deps)
  const tops = new MemoryTops(clock)
  void tops.fill((async function* () {})())
  registerTops(app, { ...deps, tops: behind(tops, store) })
  registerUniques(app, { ...deps, uniques: behind(new MemoryUniques(), store) })
  const settle = async () => {
    for (let i = 0; i < 20; i++) await new Promise(setImmediate)
  }
  return {
    ...{ clock, counts, state, app, lastKnown },
    async count(count: number, tenant = '', videoId = 'v') {
      const bucket = { tenant, videoId, type: 'view', minute: minuteOf(clock.nowMs()) }
      await counts.write('s', [{ bucket, total: { ...EMPTY, count, upTo: clock.nowMs() } }])
    },
    async ask(url: string, headers: Record<string, string> = {}) {
      const [path, body] = url.split(' ')
      const response = await app.inject(
        body === undefined
          ? { url: path!, headers }
          : { method: 'POST', url: path!, headers, payload: JSON.parse(body) },
      )
      await settle() // what is kept is kept after the answer
      return { status: response.statusCode, headers: response.headers, body: response.json() }
    },
    settle,
  }
}

const ROUTES: Readonly<Record<string, string>> = {
  'stats from the beginning': '/v1/videos/v/stats?eventType=view&function=count',
  'stats from midnight to now': `/v1/videos/v/stats?eventType=view&function=count&${MIDNIGHT}`,
  'a series': `/v1/videos/v/stats?eventType=view&function=count&granularity=PT1H&${MIDNIGHT}`,
  'a summary from the beginning': '/v1/videos/v/summary',
  'a summary from midnight to now': `/v1/videos/v/summary?${MIDNIGHT}`,
  'a query': '/v1/query {"videoIds":["v"],"eventTypes":["view"],"functions":["count","sum"]}',
  'a query by the hour':
    '/v1/query {"videoIds":["v"],"eventTypes":["view"],"startTime":"2026-11-21T00:00:00Z","granularity":"PT1H"}',
  'the top list': '/v1/top?eventType=view',
  'unique viewers': '/v1/videos/v/uniques',
  'the audit': '/v1/audit',
}

for (const [name, url] of Object.entries(ROUTES)) {
  describe(name, () => {
    test('is told as last known where the store fails after the minute turned', async () => {
      const { ask, count, clock, state } = serve()
      await count(3)
      const fresh = await ask(url)
      assert.deepEqual([fresh.status, fresh.body.meta.stale], [200, false])
      state.store = 'away'
      clock.advance(MINUTE_MS)
      const { status, body } = await ask(url)
      assert.equal(status, 200)
      assert.equal(body.meta.stale, true)
      assert.notEqual(body.meta.complete, true)
      assert.equal(body.meta.exact, fresh.body.meta.exact === undefined ? undefined : false)
      assert.equal(body.meta.asOf, fresh.body.meta.asOf)
      const { meta: _, ...told } = body
      const { meta: __, ...known } = fresh.body
      assert.deepEqual(told, known) // its times, too: value and range agree
    })

    test('is told as last known soon where the store hangs', async () => {
      const { ask, count, clock, state, settle } = serve()
      await count(3)
      await ask(url)
      state.store = 'hangs'
      clock.advance(MINUTE_MS)
      const first = ask(url)
      await settle()
      clock.advance(LAST_KNOWN_SETTINGS.patienceMs)
      assert.equal((await first).body.meta.stale, true)
      const second = ask(url)
      await settle()
      clock.advance(LAST_KNOWN_SETTINGS.shortPatienceMs)
      assert.equal((await second).body.meta.stale, true)
    })

    test('is refused for a while where nothing is known', async () => {
      const { ask, state } = serve()
      state.store = 'away'
      const { status, headers, body } = await ask(url)
      assert.deepEqual([status, body.type], [503, 'urn:tally:problem:store-unavailable'])
      assert.match(headers['retry-after'] as string, /^\d+$/)
    })
  })
}

const STATS = '/v1/videos/v/stats?eventType=view&function=count'

test('an answer is fresh again as soon as the store is back', async () => {
  const { ask, count, state, clock } = serve()
  await count(3)
  await ask(STATS)
  state.store = 'away'
  assert.equal((await ask(STATS)).body.value, 3)
  clock.advance(MINUTE_MS)
  await count(4)
  state.store = 'there'
  const { value, meta } = (await ask(STATS)).body
  assert.deepEqual([value, meta.stale], [7, false])
})

test('a window that slides with the clock is known by its length', async () => {
  const { ask, count, state, clock } = serve()
  await count(3)
  const lastHour = () => new Date(clock.nowMs() - 60 * MINUTE_MS).toISOString()
  const { body: fresh } = await ask(`${STATS}&startTime=${lastHour()}`)
  state.store = 'away'
  clock.advance(5 * MINUTE_MS)
  const { body } = await ask(`${STATS}&startTime=${lastHour()}`)
  assert.deepEqual([body.value, body.startTime, body.endTime], [3, fresh.startTime, fresh.endTime])
})

test('another question is no answer: another type, function, range, video or tenant', async () => {
  const { ask, count, state } = serve({ keys: 'a=one,b=two' })
  await count(3, 'one')
  const one = { 'x-api-key': 'a' }
  await ask(STATS, one)
  await ask(`${STATS}&endTime=2026-11-21T10:00:00Z`, one)
  state.store = 'away'
  assert.equal((await ask(STATS, one)).body.value, 3)
  assert.equal((await ask(`${STATS}&endTime=2026-11-21T10:00:00Z`, one)).body.value, 0)
  for (const url of [
    STATS.replace('view', 'like'),
    STATS.replace('count', 'sum'),
    STATS.replace('/v/', '/w/'),
    `${STATS}&startTime=2026-11-21T01:00:00Z`,
    `${STATS}&endTime=2026-11-21T11:00:00Z`,
  ]) {
    assert.equal((await ask(url, one)).status, 503, url)
  }
  assert.equal((await ask(STATS, { 'x-api-key': 'b' })).status, 503)
})

test('what was known long before the store went away is not told; what was known then is, however long', async () => {
  const { ask, count, state, clock } = serve()
  await count(3)
  await ask(STATS)
  clock.advance(LAST_KNOWN_SETTINGS.knownMs + 1)
  await ask('/v1/videos/v/summary')
  state.store = 'away'
  assert.equal((await ask(STATS)).status, 503)
  clock.advance(24 * 60 * MINUTE_MS)
  assert.equal((await ask('/v1/videos/v/summary')).body.meta.stale, true)
})

test('what is kept is bounded, and the latest questions stay', async () => {
  const { ask, state } = serve({ settings: { bytesMax: 4_000 } })
  for (let i = 0; i < 20; i++) await ask(`/v1/videos/v${i}/stats?eventType=view&function=count`)
  state.store = 'away'
  assert.equal((await ask('/v1/videos/v0/stats?eventType=view&function=count')).status, 503)
  assert.equal((await ask('/v1/videos/v19/stats?eventType=view&function=count')).status, 200)
})

test('an answer that is too long is not kept', async () => {
  const { ask, state } = serve({ settings: { answerBytesMax: 10 } })
  await ask(STATS)
  state.store = 'away'
  assert.equal((await ask(STATS)).status, 503)
})

test('what is forgotten is not told', async () => {
  const { ask, state, lastKnown } = serve()
  await ask(STATS)
  lastKnown.forgetAll()
  state.store = 'away'
  assert.equal((await ask(STATS)).status, 503)
})

test('a large sum keeps every digit', async () => {
  const { app, counts, state, settle } = serve()
  const bucket = { tenant: '', videoId: 'v', type: 'view', minute: minuteOf(NOW) }
  const sum = 9_007_199_254_740_993_001n
  await counts.write('s', [
    { bucket, total: { ...EMPTY, count: 1, values: 1, sum, min: 1, max: 1, upTo: 1 } },
  ])
  const url = STATS.replace('count', 'sum')
  const text = async () => (await app.inject(url)).body
  const fresh = await text()
  assert.match(fresh, /"value":9007199254740993\.001,/)
  await settle()
  state.store = 'away'
  assert.match(await text(), /"value":9007199254740993\.001,.*"stale":true/)
})

describe('What processes share', () => {
  test('is told by one that was never asked, until it is forgotten', async () => {
    const shared = new MemoryCache({ nowMs: () => NOW })
    const first = serve({ shared })
    await first.count(3)
    await first.ask(STATS)
    const second = serve({ shared })
    second.state.store = 'away'
    second.clock.advance(MINUTE_MS)
    const { value, meta } = (await second.ask(STATS)).body
    assert.deepEqual([value, meta.stale, meta.asOf], [3, true, '2026-11-21T12:00:29.500Z'])
    await shared.invalidate(groupOf({ tenant: '', videoId: 'v' }))
    assert.equal((await second.ask(STATS)).status, 503)
  })

  test('may be away as well', async () => {
    const away = () => Promise.reject(new Error('away'))
    const { ask, count, state } = serve({ shared: { read: away, write: away, invalidate: away } })
    await count(3)
    await ask(STATS)
    state.store = 'away'
    assert.equal((await ask(STATS)).body.value, 3)
  })
})
