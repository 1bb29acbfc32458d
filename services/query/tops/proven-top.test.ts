import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TopCounts } from '../../../stores/tops/tops.ts'
import { best } from './best.ts'
import { provenTop, type TopWindows } from './proven-top.ts'
import { FASTEST_RISING, MOST_COUNTED } from './ranking.ts'

/** The true count of a video, and how much of it is known; null: it is in no list. */
type Video = { readonly count: number; readonly known: number | null; readonly more: number }
type Videos = ReadonlyMap<string, Video>

const RANKINGS = { count: MOST_COUNTED, rising: FASTEST_RISING } as const

const video = fc.record({
  count: fc.nat(30),
  known: fc.option(fc.constantFrom(0, 1, 1, 1, 3), { freq: 4 }),
  more: fc.constantFrom(0, 0, 0, 2, 5),
})
const videos = fc
  .array(video, { minLength: 1, maxLength: 14 })
  .map((all) => new Map(all.map((one, i) => [`v${i}`, one])))

/** Bounds that hold for these videos: the lists know 1 of `known` parts less of a listed one. */
function boundsOf(all: Videos): TopCounts {
  const counts = new Map<string, number>()
  const slacks = new Map<string, number>()
  let bound = 0
  for (const [videoId, { count, known, more }] of all) {
    if (known === null) bound = Math.max(bound, count)
    else {
      const least = Math.max(0, count - known)
      counts.set(videoId, least)
      if (count - least + more > 0) slacks.set(videoId, count - least + more)
    }
  }
  return { counts, slacks, bound, asOfMs: 0 }
}

async function check(now: Videos, before: Videos, order: 'count' | 'rising', limit: number, changed = same) {
  const isRising = order === 'rising'
  const windows: TopWindows = {
    now: changed(boundsOf(now)),
    before: isRising ? changed(boundsOf(before)) : null,
  }
  const countOf = (all: Videos, videoId: string) => all.get(videoId)?.count ?? 0
  const { rank, compare } = RANKINGS[order]
  const read = async (videoId: string) => [countOf(now, videoId), countOf(before, videoId)] as const
  const top = await provenTop(windows, RANKINGS[order], limit, read)
  const ranked = [...now].flatMap(
    ([id, { count }]) => rank(id, count, isRising ? countOf(before, id) : 0) ?? [],
  )
  if (top.isProven) assert.deepEqual(top.videos, best(ranked, limit, compare))
  else {
    assert.ok(top.bound > 0)
    for (const { videoId, count } of top.videos) {
      assert.ok(count <= countOf(now, videoId) && countOf(now, videoId) <= count + top.bound)
    }
  }
  return top
}

const same = (counts: TopCounts) => counts
/** Always the same ones, of which some find each mutant. */
const MUTANT_RUNS = { numRuns: 2_000, seed: 17, endOnFailure: true }
const cases = [videos, videos, fc.constantFrom('count', 'rising'), fc.integer({ min: 1, max: 5 })] as const

test('a list that is called proven is the true one, whatever the bounds leave open', async () => {
  let proven = 0
  await fc.assert(
    fc.asyncProperty(...cases, async (...some) => {
      if ((await check(...some)).isProven) proven++
    }),
    { numRuns: 2_000 },
  )
  assert.ok(proven > 200, `${proven} lists of 2,000 were proven`)
})

for (const [what, changed] of Object.entries({
  'of videos that are in no list': (counts: TopCounts) => ({ ...counts, bound: 0 }),
  'of videos that are listed': (counts: TopCounts) => ({ ...counts, slacks: new Map() }),
})) {
  test(`to ignore the bounds ${what} makes lists wrong`, async () => {
    const property = fc.asyncProperty(...cases, async (...some) => void (await check(...some, changed)))
    await assert.rejects(fc.assert(property, MUTANT_RUNS))
  })
}

test('only videos that may be among the first are read', async () => {
  const counts = new Map<string, number>()
  for (let i = 0; i < 5_000; i++) counts.set(`v${i}`, 5_000 - i)
  const slacks = new Map([...counts.keys()].map((videoId) => [videoId, 3] as const))
  const asked: string[] = []
  const now = { counts, slacks, bound: 4, asOfMs: 0 }
  const top = await provenTop({ now, before: null }, MOST_COUNTED, 3, async (videoId) => {
    asked.push(videoId)
    return [counts.get(videoId)!, 0]
  })
  assert.deepEqual(top, {
    videos: ['v0', 'v1', 'v2'].map((videoId) => ({ videoId, count: counts.get(videoId)! })),
    isProven: true,
    bound: 0,
  })
  assert.ok(asked.length <= 16, `${asked.length} reads`)
})

test('where too many would have to be read, the list says by how much it may be off', async () => {
  const counts = new Map(Array.from({ length: 1_000 }, (_, i) => [`v${i}`, 5] as const))
  const slacks = new Map([...counts.keys()].map((videoId) => [videoId, 3] as const))
  let reads = 0
  const now = { counts, slacks, bound: 2, asOfMs: 0 }
  const top = await provenTop({ now, before: null }, MOST_COUNTED, 10, async () => [6 + (reads++ % 2), 0])
  assert.deepEqual([top.isProven, top.bound, top.videos.length], [false, 3, 10])
  assert.ok(reads <= 210)
})

test('where no read could prove anything, none is made, and the list is of what is known', async () => {
  const counts = new Map([
    ['v0', 5],
    ['v1', 4],
  ])
  const now = { counts, slacks: new Map([['v1', 3]]), bound: 2, asOfMs: null }
  const top = await provenTop({ now, before: null }, MOST_COUNTED, 10, null)
  const videos = [...counts].map(([videoId, count]) => ({ videoId, count }))
  assert.deepEqual(top, { videos, isProven: false, bound: 3 })
})
