import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { EMPTY } from '../../../model/total.ts'
import type { SharedCache } from '../../../stores/cache/cache.ts'
import type { CountReader, PeriodRange } from '../../../stores/counts/counts.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryCache } from '../../../testing/memory-cache.ts'
import { MemoryCounts } from '../../../testing/memory-counts.ts'
import { CACHE_SETTINGS, CachedReader } from './cached-reader.ts'
import { forget } from './forget.ts'

const SERIES = { tenant: '', videoId: 'v', type: 'view' }
const FROM = 28_332_000
const RANGE: PeriodRange = { resolution: 'minute', from: FROM, to: FROM + 10 }
const CLOSED_MS = RANGE.to * MINUTE_MS + CACHE_SETTINGS.horizonMs + CACHE_SETTINGS.clockSlackMs

/** Processes that answer from the same counts; `asOfMs` is how far counting has come. */
function cluster(asOfMs: number, shared?: SharedCache | null) {
  const clock = new ManualClock(asOfMs)
  const counts = new MemoryCounts()
  const cluster = { clock, counts, shared: shared === undefined ? new MemoryCache(clock) : shared, asOfMs }
  const process = (store: CountReader = counts, random = () => 0) => {
    const by: string[] = []
    const metrics = { answered: (who: string) => by.push(who), failed: () => by.push('failed') }
    const progress = () => ({ asOfMs: cluster.asOfMs })
    const reader = new CachedReader({
      counts: store,
      shared: cluster.shared,
      clock,
      random,
      progress,
      metrics,
    })
    const count = async (range = RANGE) => {
      const { periods } = await reader.read(SERIES, range)
      return periods.reduce((sum, { aggregate }) => sum + aggregate.count, 0)
    }
    return { reader, count, by }
  }
  const store = (count: number) =>
    counts.write('s', [{ bucket: { ...SERIES, minute: FROM }, total: { ...EMPTY, count, upTo: count } }])
  return Object.assign(cluster, { process, store })
}

async function slow(counts: CountReader) {
  let asked = 0
  const gate = Promise.withResolvers<void>()
  const read: CountReader['read'] = async (...args) => {
    asked++
    await gate.promise
    return counts.read(...args)
  }
  const store: CountReader = {
    read,
    types: (tenant, videoId) => counts.types(tenant, videoId),
    firstMinute: (series) => counts.firstMinute(series),
  }
  return { store, open: () => gate.resolve(), asked: () => asked }
}

test('a closed range is read once by all processes', async () => {
  const { process, store } = cluster(CLOSED_MS)
  await store(3)
  const [a, b] = [process(), process()]
  assert.deepEqual([await a.count(), await a.count(), await b.count(), await b.count()], [3, 3, 3, 3])
  assert.deepEqual(
    [a.by, b.by],
    [
      ['counts', 'process'],
      ['shared', 'process'],
    ],
  )
})

test('a range is closed once counting has passed its end by horizon and slack', async () => {
  const open = cluster(CLOSED_MS - 1)
  const { count, by } = open.process()
  await count()
  open.asOfMs++
  await count()
  open.asOfMs += 7
  await count()
  assert.deepEqual(by, ['counts', 'counts', 'process'])
})

test('an open answer serves only those who are told no more than it holds', async () => {
  const open = cluster(RANGE.to * MINUTE_MS)
  const [a, b] = [open.process(), open.process()]
  await open.store(1)
  assert.equal(await a.count(), 1)
  await open.store(2)
  assert.deepEqual([await a.count(), await b.count()], [1, 1]) // asOf still says what it said
  open.asOfMs++
  assert.deepEqual([await a.count(), await b.count()], [2, 2])
  assert.deepEqual(
    [a.by, b.by],
    [
      ['counts', 'process', 'counts'],
      ['shared', 'shared'],
    ],
  )
})

test('an open answer is fresh for a second, wherever it is kept', async () => {
  const open = cluster(RANGE.to * MINUTE_MS)
  const [a, b] = [open.process(), open.process()]
  await a.count()
  open.clock.advance(600)
  await b.count()
  open.clock.advance(600)
  await b.count()
  assert.deepEqual([a.by, b.by], [['counts'], ['shared', 'counts']])
})

test('counting that seems to go back takes nothing back', async () => {
  const open = cluster(RANGE.to * MINUTE_MS)
  const [ahead, behind] = [open.process(), open.process()]
  await ahead.count()
  open.asOfMs -= 5
  await behind.count(RANGE) // finds what `ahead` shared
  await behind.count({ ...RANGE, to: RANGE.to + 1 }) // shares what holds less
  await ahead.count({ ...RANGE, to: RANGE.to + 1 })
  assert.deepEqual(
    [ahead.by, behind.by],
    [
      ['counts', 'counts'],
      ['shared', 'counts'],
    ],
  )
})

test('a stale answer is not kept', async () => {
  const { process, counts } = cluster(CLOSED_MS)
  let stale = true
  const store = Object.assign(Object.create(counts) as MemoryCounts, {
    read: async (...args: Parameters<CountReader['read']>) => ({ ...(await counts.read(...args)), stale }),
  })
  const [a, b] = [process(store), process(store)]
  assert.equal((await a.reader.read(SERIES, RANGE)).stale, true)
  stale = false
  for (const { reader } of [a, b]) assert.equal((await reader.read(SERIES, RANGE)).stale, false)
  assert.deepEqual([a.by, b.by], [['counts', 'counts'], ['shared']])
})

test('those who ask at once share one reading', async () => {
  const { process, counts } = cluster(CLOSED_MS)
  const { store, open, asked } = await slow(counts)
  const { count } = process(store)
  const answers = [count(), count(), count()]
  open()
  assert.deepEqual(await Promise.all(answers), [0, 0, 0])
  assert.equal(asked(), 1)
})

test('nobody joins a reading that may miss what they are told', async () => {
  const running = cluster(RANGE.to * MINUTE_MS)
  const { store, open, asked } = await slow(running.counts)
  const { count } = running.process(store)
  const first = count()
  running.asOfMs++
  const second = count()
  open()
  await Promise.all([first, second])
  assert.equal(asked(), 2)
})

test('a failed reading fails those who wait for it, and is not kept', async () => {
  const { process, counts } = cluster(CLOSED_MS)
  let away = true
  const store = Object.assign(Object.create(counts) as MemoryCounts, {
    read: async (...args: Parameters<CountReader['read']>) => {
      if (away) throw new Error('away')
      return counts.read(...args)
    },
  })
  const { count } = process(store)
  await Promise.all([assert.rejects(count(), /away/), assert.rejects(count(), /away/)])
  away = false
  assert.equal(await count(), 0)
})

test('while the counts are away, what was last known answers for a while, as stale', async () => {
  const open = cluster(RANGE.to * MINUTE_MS)
  let away = false
  const store = Object.assign(Object.create(open.counts) as MemoryCounts, {
    read: async (...args: Parameters<CountReader['read']>) => {
      if (away) throw new Error('away')
      return open.counts.read(...args)
    },
  })
  const { reader, by } = open.process(store)
  await open.store(3)
  await reader.read(SERIES, RANGE)
  away = true
  open.asOfMs++
  const { periods, stale } = await reader.read(SERIES, RANGE)
  assert.deepEqual([periods[0]!.aggregate.count, stale], [3, true])
  await assert.rejects(reader.read(SERIES, { ...RANGE, to: RANGE.to + 1 }), /away/) // never asked before
  open.clock.advance(CACHE_SETTINGS.lastKnownTtlMs + 1)
  await assert.rejects(reader.read(SERIES, RANGE), /away/)
  away = false
  assert.equal((await reader.read(SERIES, RANGE)).stale, false)
  assert.deepEqual(by, ['counts', 'last-known', 'counts'])
})

test('after forget every process answers with the change', async () => {
  for (const shared of [undefined, null]) {
    const closed = cluster(CLOSED_MS, shared)
    const [a, b] = [closed.process(), closed.process()]
    await closed.store(3)
    await Promise.all([a.count(), b.count()])
    await closed.store(4) // as a correction does
    const forgotten = forget(closed.shared, closed.clock, CACHE_SETTINGS.localTtlMs, [SERIES])
    await new Promise(setImmediate)
    closed.clock.advance(CACHE_SETTINGS.localTtlMs)
    await forgotten
    assert.deepEqual([await a.count(), await b.count()], [4, 4])
  }
})

test('forget waits until no process can hold older counts, and fails where it cannot know', async () => {
  const clock = new ManualClock()
  let isForgotten = false
  const forgotten = forget(null, clock, 10, [SERIES]).then(() => {
    isForgotten = true
  })
  clock.advance(9)
  await new Promise(setImmediate)
  assert.equal(isForgotten, false)
  clock.advance(1)
  await forgotten
  const away = () => Promise.reject(new Error('away'))
  await assert.rejects(forget({ read: away, write: away, invalidate: away }, clock, 10, [SERIES]), /away/)
})

test('after forgetAll nothing of before is used, be it kept or under way', async () => {
  const closed = cluster(CLOSED_MS, null)
  const { store, open, asked } = await slow(closed.counts)
  const { reader, count } = closed.process(store)
  const before = count()
  reader.forgetAll()
  const after = count()
  open()
  await Promise.all([before, after])
  reader.forgetAll()
  await closed.store(4)
  assert.equal(await count(), 4)
  assert.equal(asked(), 3)
})

test('a reading that began before forget is not shared after it', async () => {
  const closed = cluster(CLOSED_MS)
  const { shared, counts, clock } = closed
  const gate = Promise.withResolvers<void>()
  const before = Object.assign(Object.create(counts) as MemoryCounts, {
    read: async (...args: Parameters<CountReader['read']>) => {
      const answer = await counts.read(...args)
      await gate.promise
      return answer
    },
  })
  await closed.store(3)
  const slowly = closed.process(before).count()
  await new Promise(setImmediate)
  await closed.store(4)
  const forgotten = forget(shared, clock, CACHE_SETTINGS.localTtlMs, [SERIES])
  await new Promise(setImmediate)
  clock.advance(CACHE_SETTINGS.localTtlMs)
  await forgotten
  gate.resolve()
  assert.equal(await slowly, 3)
  assert.equal(await closed.process().count(), 4)
})

test('types and first minutes are kept like open answers', async () => {
  const open = cluster(RANGE.to * MINUTE_MS)
  const { reader } = open.process()
  assert.deepEqual([await reader.types('', 'v'), await reader.firstMinute(SERIES)], [[], null])
  await open.store(1)
  assert.deepEqual([await reader.types('', 'v'), await reader.firstMinute(SERIES)], [[], null])
  open.asOfMs++
  assert.deepEqual([await reader.types('', 'v'), await reader.firstMinute(SERIES)], [['view'], FROM])
})

test('close to its end a shared answer is renewed early, by chance', async () => {
  const closed = cluster(CLOSED_MS)
  const { clock, counts } = closed
  const tookMs = 100
  const store = Object.assign(Object.create(counts) as MemoryCounts, {
    read: async (...args: Parameters<CountReader['read']>) => {
      clock.advance(tookMs)
      return counts.read(...args)
    },
  })
  await closed.process(store).count()
  clock.advance(CACHE_SETTINGS.closedTtlMs - 2 * tookMs)
  const [unlucky, lucky] = [closed.process(counts, () => 0.5), closed.process(counts, () => 0.9)]
  await unlucky.count()
  await lucky.count()
  assert.deepEqual([unlucky.by, lucky.by], [['shared'], ['counts']])
})

test('a shared cache that fails, or keeps rubbish, is passed by', async () => {
  const away = () => Promise.reject(new Error('away'))
  const mark = 'm'
  const rubbish = async () => ({ mark, value: Buffer.from('[1,2') })
  const failing: SharedCache = { read: away, write: away, invalidate: away }
  const mixed: SharedCache = { read: rubbish, write: away, invalidate: away }
  for (const [shared, by] of [
    [failing, ['failed', 'counts']],
    [mixed, ['counts', 'failed']],
  ] as const) {
    const closed = cluster(CLOSED_MS, shared)
    await closed.store(3)
    const process = closed.process()
    assert.equal(await process.count(), 3)
    await new Promise(setImmediate)
    assert.deepEqual(process.by, by)
  }
})

test('an answer too large is not shared', async () => {
  const closed = cluster(CLOSED_MS)
  const { clock, counts, shared } = closed
  const deps = { counts, shared, clock, random: () => 0, progress: () => ({ asOfMs: CLOSED_MS }) }
  const by: string[] = []
  const metrics = { answered: (who: string) => by.push(who), failed: () => {} }
  for (const sharedBytesMax of [10, 10]) {
    await new CachedReader({ ...deps, metrics }, { ...CACHE_SETTINGS, sharedBytesMax }).read(SERIES, RANGE)
  }
  assert.deepEqual(by, ['counts', 'counts'])
})

test('a range that was called closed by a clock that was ahead is read again when the clock is set back', async () => {
  const world = cluster(CLOSED_MS)
  const [a, b] = [world.process(), world.process()]
  await world.store(3)
  assert.deepEqual([await a.count(), await b.count()], [3, 3])
  world.clock.advance(-8 * MINUTE_MS)
  world.asOfMs -= 8 * MINUTE_MS
  await world.store(4)
  assert.deepEqual([await a.count(), await b.count()], [4, 4])
  world.clock.advance(2_000)
  world.asOfMs += 2_000
  await world.store(5)
  assert.deepEqual([await a.count(), await b.count()], [5, 5])
})
