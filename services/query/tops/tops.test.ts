import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { buildServer } from '../../../lib/http/server.ts'
import { minuteOf } from '../../../model/bucket.ts'
import { EMPTY } from '../../../model/total.ts'
import { announcedCounts } from '../../../stores/backing/announced-counts.ts'
import { MemoryChanges } from '../../../stores/changes/memory-changes.ts'
import { MemoryTops } from '../../../stores/tops/memory-tops.ts'
import type { TopReader } from '../../../stores/tops/tops.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { MemoryCounts } from '../../../testing/memory-counts.ts'
import { queryDeps } from '../../../testing/query-fixture.ts'
import { best } from './best.ts'
import { registerTops } from './top-route.ts'

const NOW = Date.parse('2026-11-21T12:00:30Z')
const MINUTE = minuteOf(NOW)
const HOUR = 'startTime=2026-11-21T11:00:00Z&endTime=2026-11-21T12:00:00Z'

type Counted = readonly [videoId: string, minutesAgo: number, count: number]

async function serve(counted: readonly Counted[], overrides: { tops?: TopReader; keys?: string } = {}) {
  const clock = { nowMs: () => NOW, sleep: async () => {} }
  const tops = new MemoryTops(clock)
  await tops.fill((async function* () {})())
  const counts = announcedCounts(new MemoryCounts(), { tops, changes: new MemoryChanges() }, () => NOW)
  let upTo = 0
  const rows = counted.map(([videoId, minutesAgo, count]) => ({
    bucket: { tenant: '', videoId, type: 'view', minute: MINUTE - minutesAgo },
    total: { ...EMPTY, count, upTo: upTo++ },
  }))
  await counts.write('s', rows)
  const app = buildServer()
  const deps = { ...queryDeps(new MemoryCounts()), tops: overrides.tops ?? tops, clock }
  registerTops(app, { ...deps, keys: keyRing(overrides.keys) })
  return async (query: string, headers = {}) => {
    const response = await app.inject({ url: `/v1/top?${query}`, headers })
    return { status: response.statusCode, body: response.json() }
  }
}

test('the most counted videos come first, and alike ones by name', async () => {
  const get = await serve([
    ['a', 30, 5],
    ['b', 30, 7],
    ['b', 31, 1],
    ['c', 20, 5],
    ['d', 0, 100],
    ['e', 61, 100],
  ])
  const { body } = await get(`eventType=view&${HOUR}`)
  assert.deepEqual(body, {
    eventType: 'view',
    startTime: '2026-11-21T11:00:00Z',
    endTime: '2026-11-21T12:00:00Z',
    order: 'count',
    videos: [
      { videoId: 'b', count: 8 },
      { videoId: 'a', count: 5 },
      { videoId: 'c', count: 5 },
    ],
    meta: { asOf: '2026-11-21T12:00:29.500Z', complete: true, reconciled: false, stale: false, exact: true },
  })
  assert.equal((await get(`eventType=view&${HOUR}&limit=1`)).body.videos.length, 1)
})

test('the fastest rising grow most against the window before, with ten events granted', async () => {
  const get = await serve([
    ['doubles', 30, 200],
    ['doubles', 90, 100],
    ['appears', 30, 30],
    ['is small', 30, 3],
    ['falls', 30, 5],
    ['falls', 90, 50],
    ['stays', 30, 500],
    ['stays', 90, 500],
  ])
  const { body } = await get(`eventType=view&${HOUR}&order=rising`)
  assert.deepEqual(body.videos, [
    { videoId: 'appears', count: 30, previous: 0, change: 3 },
    { videoId: 'doubles', count: 200, previous: 100, change: 0.9091 },
    { videoId: 'is small', count: 3, previous: 0, change: 0.3 },
  ])
})

test('without a range it is the last hour', async () => {
  const get = await serve([['a', 0, 1]])
  const { body } = await get('eventType=view')
  assert.deepEqual([body.startTime, body.endTime], ['2026-11-21T11:01:00Z', '2026-11-21T12:01:00Z'])
  assert.deepEqual(body.videos, [{ videoId: 'a', count: 1 }])
})

describe('A list says of itself', () => {
  const readerOf = (part: { asOfMs?: number | null; bound?: number }): TopReader => ({
    read: async () => ({ counts: new Map([['a', 9]]), slacks: new Map(), asOfMs: NOW, bound: 0, ...part }),
  })
  const check = (name: string, tops: TopReader, expected: object) =>
    test(name, async () => {
      const get = await serve([], { tops })
      const { meta } = (await get(`eventType=view&${HOUR}`)).body
      assert.deepEqual({ exact: meta.exact, bound: meta.bound, complete: meta.complete }, expected)
    })
  check('that it is exact', readerOf({}), { exact: true, bound: undefined, complete: true })
  check('that rows are lost', readerOf({ asOfMs: null }), { exact: false, bound: undefined, complete: false })
  check('by how much it may be off', readerOf({ bound: 4 }), { exact: false, bound: 4, complete: true })
  check('that it does not go all the way', readerOf({ asOfMs: Date.parse('2026-11-21T11:59:59Z') }), {
    exact: true,
    bound: undefined,
    complete: false,
  })
})

test('the probe is on no list', async () => {
  const tops = {
    read: async () => ({
      counts: new Map([
        ['tally.probe', 9],
        ['a', 1],
      ]),
      slacks: new Map(),
      asOfMs: NOW,
      bound: 0,
    }),
  }
  const get = await serve([], { tops })
  for (const [type, ids] of [
    ['probe', ['a']],
    ['view', ['tally.probe', 'a']],
  ] as const) {
    const { videos } = (await get(`eventType=${type}&${HOUR}`)).body
    assert.deepEqual(
      videos.map(({ videoId }: { videoId: string }) => videoId),
      ids,
    )
  }
})

test('where lists cannot be read, that is told', async () => {
  const get = await serve([], { tops: { read: () => Promise.reject(new Error('away')) } })
  const { status, body } = await get('eventType=view')
  assert.deepEqual([status, body.type], [503, 'urn:tally:problem:store-unavailable'])
})

test('a tenant sees its own videos', async () => {
  const get = await serve([['a', 30, 1]], { keys: 'k=t' })
  assert.deepEqual((await get('eventType=view', { 'x-api-key': 'k' })).body.videos, [])
  assert.equal((await get('eventType=view')).status, 401)
})

test('a day to this moment, which touches one minute more, can be asked for', async () => {
  const get = await serve([
    ['a', 0, 5],
    ['a', 24 * 60, 2],
    ['a', 48 * 60, 4],
  ])
  const { body } = await get(
    'eventType=view&order=rising&startTime=2026-11-20T12:00:30Z&endTime=2026-11-21T12:00:30Z',
  )
  assert.deepEqual(body.videos, [{ videoId: 'a', count: 7, previous: 4, change: 0.2143 }])
})

describe('A list is refused for', () => {
  const refused = (what: string, query: string, rule: RegExp) =>
    test(what, async () => {
      const { status, body } = await (await serve([]))(query)
      assert.equal(status, 400)
      assert.match(body.detail, rule)
    })
  refused('no type', '', /eventType is required/)
  refused('a window of more than a day', 'eventType=view&startTime=2026-11-20T11:59:00Z', /at most 24 hours/)
  refused(
    'a window of long ago',
    'eventType=view&startTime=2026-11-19T11:00:00Z&endTime=2026-11-19T12:00:00Z',
    /last 48 hours/,
  )
  refused(
    'a rise against long ago',
    'eventType=view&order=rising&startTime=2026-11-19T12:30:00Z&endTime=2026-11-19T13:30:00Z',
    /window before it/,
  )
  refused('seconds', 'eventType=view&startTime=1795260000&endTime=1795262000', /It looks like seconds/)
  refused('an unknown order', 'eventType=view&order=best', /count, rising/)
  refused('a limit of none', 'eventType=view&limit=0', /from 1 to 100/)
  refused('a limit of too many', 'eventType=view&limit=101', /from 1 to 100/)
  refused('a start after the end', 'eventType=view&startTime=2026-11-21T13:00:00Z', /not lie after/)
})

test('the first few of many are those that sorting finds', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(10), (items, limit) => {
      const compare = (a: number, b: number) => a - b
      assert.deepEqual(best(items, limit, compare), [...items].sort(compare).slice(0, limit))
    }),
  )
})
