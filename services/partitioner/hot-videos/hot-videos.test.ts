import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { type LayoutChange, requestedLayout } from '../../../stores/layouts/layout-changes.ts'
import type { ChangeRequest } from '../../../stores/layouts/layouts.ts'
import { OWN_RATES } from '../../../stores/rates/rates.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { HotVideos } from './hot-videos.ts'

const FIRST: Layout = { version: 1, fromMinute: 0, partitions: 4, splits: new Map(), dedicated: new Map() }
const RULE = { eventsPerSecond: 10 }
const LOOK_MS = 10_000

/** Layouts in memory that several may change. */
class SharedLayouts {
  all: readonly Layout[] = [FIRST]
  /** Called before each change, in place of another proposer. */
  before = () => {}
  readonly #clock: ManualClock

  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  current(): readonly Layout[] {
    return this.all
  }

  unknownFromMinute(): number {
    return Number.POSITIVE_INFINITY
  }

  async change(change: LayoutChange, request: ChangeRequest): Promise<readonly Layout[]> {
    this.before()
    const earliest = Math.floor(this.#clock.nowMs() / MINUTE_MS) + 2
    const next = requestedLayout(this.all, change, request, earliest)
    if (next !== null) this.all = [...this.all, next]
    return this.all
  }
}

function setUp(proposers = 1) {
  const clock = new ManualClock()
  const layouts = new SharedLayouts(clock)
  const errors: unknown[] = []
  const split: number[] = []
  const stopping = new AbortController()
  const hot = Array.from({ length: proposers }, () => {
    const deps = { layouts, clock, rates: OWN_RATES, onError: (error: unknown) => errors.push(error) }
    const one = new HotVideos({ ...deps, onSplit: ({ version }) => split.push(version) }, RULE)
    return { one, following: one.follow(stopping.signal) }
  })
  /** Ten seconds in which each proposer sees so many events of each video. */
  const look = async (events: Readonly<Record<string, number>>, times = 1) => {
    for (let i = 0; i < times; i++) {
      for (const { one } of hot)
        for (const [videoId, count] of Object.entries(events))
          one.note(new Array(count).fill({ tenant: videoId === 'mine' ? 'acme' : '', videoId }))
      clock.advance(LOOK_MS)
      for (let turn = 0; turn < 5; turn++) await setImmediate()
    }
  }
  const stop = async () => {
    stopping.abort()
    await Promise.all(hot.map(({ following }) => following))
  }
  return { clock, layouts, errors, split, look, stop }
}

const newest = ({ layouts }: { layouts: SharedLayouts }) => Object.fromEntries(layouts.all.at(-1)!.splits)

test('a hot video is split when it is seen, and merged when it has been cool for ten minutes', async () => {
  const world = setUp()
  await world.look({ hot: 800, cold: 20 })
  assert.deepEqual(newest(world), { hot: 4 })
  assert.ok(world.layouts.all[1]!.fromMinute * MINUTE_MS > world.clock.nowMs())
  await world.look({ cold: 20 }, 50)
  assert.deepEqual(newest(world), { hot: 4 })
  await world.look({ cold: 20 }, 20)
  assert.deepEqual(newest(world), {})
  assert.deepEqual(world.split, [2, 3])
  assert.deepEqual(world.errors, [])
  await world.stop()
})

test('videos are told apart by tenant', async () => {
  const world = setUp()
  await world.look({ mine: 800, cold: 20 })
  assert.deepEqual(newest(world), { 'acme/mine': 4 })
  await world.stop()
})

test('of several proposers at once one is first, and the others find that nothing is left to do', async () => {
  const world = setUp(3)
  await world.look({ hot: 800, cold: 20 }, 30)
  assert.deepEqual(
    world.layouts.all.map(({ version }) => version),
    [1, 2],
  )
  assert.deepEqual(world.errors, [])
  await world.stop()
})

test('an operator who is first is not overruled', async () => {
  const world = setUp()
  world.layouts.before = () => {
    world.layouts.before = () => {}
    const place = { version: 2, fromMinute: world.layouts.all[0]!.fromMinute + 1 }
    world.layouts.all = [FIRST, { ...FIRST, ...place, splits: new Map([['hot', 2]]) }]
  }
  await world.look({ hot: 800, cold: 20 }, 30)
  assert.deepEqual(newest(world), { hot: 2 })
  assert.deepEqual(world.errors, [])
  await world.stop()
})

test('a change that fails is reported, and tried again', async () => {
  const world = setUp()
  const fault = new Error('the disk is full')
  world.layouts.before = () => {
    world.layouts.before = () => {}
    throw fault
  }
  await world.look({ hot: 800, cold: 20 })
  assert.deepEqual([newest(world), world.errors], [{}, [fault]])
  await world.look({ hot: 800, cold: 20 })
  assert.deepEqual(newest(world), { hot: 4 })
  await world.stop()
})

test('after fifty layouts within a day hot videos stay as they are, which is told once', async () => {
  const world = setUp()
  const nowMinute = Math.floor(world.clock.nowMs() / MINUTE_MS)
  const many = (fromMinute: number) =>
    Array.from({ length: 50 }, (_, i) => ({ ...FIRST, version: i + 2, fromMinute: fromMinute + i }))
  world.layouts.all = [FIRST, ...many(nowMinute - 100)]
  await world.look({ hot: 800, cold: 20 }, 6)
  assert.deepEqual(newest(world), {})
  assert.match(String(world.errors), /^Error: 50 layouts began within a day[^,]*$/)
  world.layouts.all = [FIRST, ...many(nowMinute - 1_500)]
  await world.look({ hot: 800, cold: 20 })
  assert.deepEqual(newest(world), { hot: 4 })
  await world.stop()
})

test('one request may name many videos', async () => {
  const world = setUp()
  const { layouts, clock } = world
  const one = new HotVideos(
    { layouts, clock, rates: OWN_RATES, onSplit() {}, onError: () => assert.fail() },
    RULE,
  )
  const stopping = new AbortController()
  const following = one.follow(stopping.signal)
  const named = Array.from({ length: 900 }, (_, i) => ({
    tenant: '',
    videoId: i % 3 === 0 ? `v${i}` : 'hot',
  }))
  one.note(named)
  one.note([])
  await world.look({})
  assert.deepEqual(newest(world), { hot: 4 })
  stopping.abort()
  await following
  await world.stop()
})
