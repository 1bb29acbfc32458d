import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minuteOf } from '../../../model/bucket.ts'
import { NOW, settled, setUpLiveCounts, VIEWS } from '../../../testing/live-counts-world.ts'

test('who watches is told the count as it is, and then each change', async () => {
  const { store, watch, announce, pass } = setUpLiveCounts()
  await store(3)
  const { told, watching } = watch()
  await watching.ready
  assert.deepEqual(told, [3])
  await store(4)
  announce()
  await pass(250)
  assert.deepEqual(told, [3, 4])
  announce() // of nothing new
  await pass(500)
  assert.deepEqual(told, [3, 4])
})

test('counts of all days add up, from the first minute that is asked for', async () => {
  const { store, watch } = setUpLiveCounts()
  const minute = minuteOf(NOW)
  await store(1, minute - 100_000)
  await store(10, minute - 2_000)
  await store(100, minute - 1)
  await store(1_000, minute + 1)
  const froms = [0, minute - 2_000, minute - 1_999, minute, minute + 1, minute + 2, minute + 90_000]
  const all = froms.map((from) => watch(VIEWS, from))
  await Promise.all(all.map(({ watching }) => watching.ready))
  assert.deepEqual(
    all.map(({ told }) => told),
    [[1_111], [1_110], [1_100], [1_000], [1_000], [0], [0]],
  )
})

test('a series that many watch is read once a change', async () => {
  const { store, watch, announce, pass, reads } = setUpLiveCounts()
  await store(1)
  const all = Array.from({ length: 500 }, () => watch())
  await Promise.all(all.map(({ watching }) => watching.ready))
  assert.equal(reads(), 1)
  await store(2)
  announce()
  announce()
  await pass(250)
  assert.equal(reads(), 2)
  for (const { told } of all) assert.deepEqual(told, [1, 2])
})

test('a series that changes without end is told of four times a second', async () => {
  const { store, watch, announce, clock } = setUpLiveCounts()
  const { told, watching } = watch()
  await watching.ready
  for (let ms = 0; ms < 1_000; ms += 10) {
    await store(1 + ms)
    announce()
    clock.advance(10)
    await settled()
    await settled()
  }
  assert.ok(told.length >= 3 && told.length <= 5, `${told.length} times`)
})

test('what was stored while it was read is read again', async () => {
  const { live, store, announce, watch, pass } = setUpLiveCounts()
  const { told, watching } = watch()
  await watching.ready
  await store(1)
  announce()
  const second = watch() // reads at once
  await store(2)
  announce()
  await second.watching.ready
  await pass(500)
  assert.equal(told.at(-1), 2)
  assert.equal(second.told.at(-1), 2)
  assert.equal(live.size, 1)
})

test('lost news costs seconds, and a gap nothing', async () => {
  const { store, watch, pass, gap } = setUpLiveCounts()
  const { told, watching } = watch()
  await watching.ready
  await store(1)
  await pass(5_250)
  assert.deepEqual(told, [0, 1])
  await store(2)
  gap()
  await pass(250)
  assert.deepEqual(told, [0, 1, 2])
})

test('a gap of some videos has these read again, and no others', async () => {
  const { store, watch, pass, gap } = setUpLiveCounts()
  const [of, without] = ['of', 'without'].map((videoId) => ({ ...VIEWS, videoId }))
  const [concerned, other] = [watch(of), watch(without)]
  await Promise.all([concerned.watching.ready, other.watching.ready])
  await store(1, minuteOf(NOW), of)
  await store(1, minuteOf(NOW), without)
  gap(({ videoId }) => videoId === 'of')
  await pass(250)
  assert.deepEqual([concerned.told, other.told], [[0, 1], [0]])
})

test('a video is followed while anybody watches it', async () => {
  const { watch, followed } = setUpLiveCounts()
  const all = [watch(), watch({ ...VIEWS, type: 'like' }), watch(VIEWS, 7), watch({ ...VIEWS, videoId: 'w' })]
  await Promise.all(all.map(({ watching }) => watching.ready))
  assert.deepEqual(followed.splice(0), ['v', 'w'])
  for (const { watching } of all.slice(0, 2)) watching.leave()
  all[0]!.watching.leave()
  assert.deepEqual(followed, [])
  all[2]!.watching.leave()
  assert.deepEqual(followed.splice(0), ['not v'])
  await watch().watching.ready
  assert.deepEqual(followed, ['v'])
})

test('without news everything is looked at every second', async () => {
  const { store, watch, pass, state } = setUpLiveCounts()
  const { told, watching } = watch()
  await watching.ready
  state.isListening = false
  await store(1)
  await pass(1_250)
  assert.deepEqual(told, [0, 1])
})

test('a correction of the past is told', async () => {
  const { store, watch, announce, pass } = setUpLiveCounts()
  const minute = minuteOf(NOW) - 10_000
  await store(5, minute)
  const { told, watching } = watch()
  await watching.ready
  await store(-2, minute, VIEWS, 'batch')
  announce()
  await pass(5_250)
  assert.deepEqual(told, [5, 3])
})

test('a store that is away fails the first look, and costs the others nothing but time', async () => {
  const { store, watch, announce, pass, state } = setUpLiveCounts()
  const { told, all, watching } = watch()
  await watching.ready
  state.isAway = true
  await store(1)
  announce()
  await pass(1_000)
  const late = watch(VIEWS, 7)
  await assert.rejects(late.watching.ready, { type: 'store-unavailable' })
  late.watching.leave()
  state.isAway = false
  await pass(250)
  assert.deepEqual(told, [0, 0, 1])
  assert.deepEqual(
    all.map(({ stale }) => stale),
    [false, true, false],
  )
})

test('what misses writes takes nothing back', async () => {
  const { store, watch, announce, pass, state } = setUpLiveCounts()
  await store(5)
  const { told, watching } = watch()
  await watching.ready
  state.isStale = true
  await store(4) // as an old replica would have it
  announce()
  await pass(500)
  assert.deepEqual(told, [5, 5]) // the second says that it is stale
  state.isStale = false
  await pass(5_250)
  assert.deepEqual(told, [5, 5, 4])
})

test('who comes while the store is away is told what was last known, also after all had left', async () => {
  const { store, watch, pass, state } = setUpLiveCounts()
  await store(5)
  const first = watch()
  await first.watching.ready
  state.isAway = true
  await pass(5_250)
  const second = watch()
  await second.watching.ready
  first.watching.leave()
  second.watching.leave()
  await pass(250)
  const third = watch()
  await third.watching.ready
  for (const { all } of [second, third]) {
    assert.deepEqual(all.at(-1), { count: 5, viewers: 0, asOfMs: NOW, stale: true, isComplete: true })
  }
  state.isAway = false
  await pass(1_000)
  assert.equal(third.all.at(-1)!.stale, false)
})

test('a store that hangs keeps nobody waiting for a count that is known', async () => {
  const { store, watch, pass, state } = setUpLiveCounts()
  await store(5)
  const first = watch()
  await first.watching.ready
  first.watching.leave()
  await pass(250)
  state.hangs = true
  const second = watch()
  await pass(1_000)
  await second.watching.ready
  assert.deepEqual(second.all, [{ count: 5, viewers: 0, asOfMs: NOW, stale: true, isComplete: true }])
})

test('viewers are told every five seconds where they change', async () => {
  const { viewers, watch, pass } = setUpLiveCounts()
  await viewers.beat('', 'v', 'a')
  const { all, watching } = watch()
  await watching.ready
  await viewers.beat('', 'v', 'b')
  await pass(5_250)
  assert.deepEqual(
    all.map((now) => now.viewers),
    [1, 2],
  )
})

test('slow answers about viewers keep no count waiting, and nothing more is asked until they are there', async () => {
  const { live, viewers, store, announce, watch, pass } = setUpLiveCounts()
  const videos = Array.from({ length: 100 }, (_, at) => ({ ...VIEWS, videoId: `v${at}` }))
  const watched = videos.map((series) => watch(series))
  await Promise.all(watched.map(({ watching }) => watching.ready))
  const [first] = watched
  const slow = Promise.withResolvers<number>()
  let asked = 0
  viewers.count = () => {
    asked++
    return slow.promise
  }
  await pass(5_250)
  const askedAtOnce = asked
  await store(1, minuteOf(NOW), videos[0])
  announce(videos[0])
  await pass(250)
  assert.deepEqual(first!.told, [0, 1])
  await pass(10_000)
  assert.deepEqual([asked, asked < videos.length], [askedAtOnce, true])
  watched.at(-1)!.watching.leave()
  slow.resolve(7)
  await pass(250)
  assert.deepEqual(
    watched.map(({ all }) => all.at(-1)!.viewers),
    [...videos.slice(1).map(() => 7), 0],
  )
  assert.equal(asked, videos.length - 1)
  await pass(5_000)
  assert.equal(asked, 2 * (videos.length - 1))
  live.close()
})

test('viewers that are found while a count is read are not taken back', async () => {
  const { viewers, store, watch, announce, pass, state } = setUpLiveCounts()
  const { all, watching } = watch()
  await watching.ready
  const slow = { viewers: Promise.withResolvers<number>(), read: Promise.withResolvers<void>() }
  viewers.count = () => slow.viewers.promise
  await pass(5_250)
  state.beforeRead = () => slow.read.promise
  await store(1)
  announce()
  await pass(250)
  slow.viewers.resolve(1)
  await settled()
  slow.read.resolve()
  await pass(250)
  assert.deepEqual(
    all.map((now) => [now.count, now.viewers]),
    [
      [0, 0],
      [0, 1],
      [1, 1],
    ],
  )
})

test('a count says how far it goes, also where it has not changed', async () => {
  const { watch, pass, state } = setUpLiveCounts()
  await watch().watching.ready
  state.asOfMs += 5_000
  await pass(5_250)
  const late = watch()
  await late.watching.ready
  assert.equal(late.all[0]!.asOfMs, NOW + 5_000)
})

test('who has left is told nothing, and what nobody watches is not read', async () => {
  const { live, store, watch, announce, pass, reads } = setUpLiveCounts()
  const [stays, goes] = [watch(), watch()]
  await Promise.all([stays.watching.ready, goes.watching.ready])
  goes.watching.leave()
  goes.watching.leave()
  await store(1)
  announce()
  await pass(250)
  assert.deepEqual([stays.told, goes.told], [[0, 1], [0]])
  stays.watching.leave()
  assert.equal(live.size, 0)
  await pass(250)
  const before = reads()
  announce()
  await pass(10_000)
  assert.equal(reads(), before)
})

test('a tenant that watches very many series keeps others waiting for no more than a pass', async () => {
  const { live, watch, store, announce, pass, reads } = setUpLiveCounts()
  const greedy = Array.from({ length: 3_000 }, (_, at) => ({
    tenant: 'greedy',
    videoId: `v${at}`,
    type: 'view',
  }))
  const watchings = greedy.map((series) => watch(series).watching)
  const victim = { tenant: 'other', videoId: 'v', type: 'view' }
  const { told, watching } = watch(victim)
  await Promise.all([...watchings, watching].map(({ ready }) => ready))
  for (const series of greedy) announce(series)
  await store(1, minuteOf(NOW), victim)
  announce(victim)
  const before = reads()
  await pass(250)
  assert.deepEqual(told, [0, 1])
  assert.ok(reads() - before < greedy.length / 2, `${reads() - before} reads`)
  live.close()
})
