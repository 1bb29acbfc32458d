import assert from 'node:assert/strict'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { DAY_MS, MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import { type Routed, route } from '../../model/route.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import type { FileLayouts } from './file-layouts.ts'
import { openFileLayouts } from './file-layouts.ts'
import type { LayoutChange } from './layout-changes.ts'
import type { WantedLayout } from './layout-settings.ts'
import { LayoutError } from './layouts.ts'

const AHEAD_MS = MINUTE_MS
const WANTED: WantedLayout = { partitions: 4, splits: new Map(), dedicated: new Map() }
const SPLIT: LayoutChange = { act: 'split', video: 'hot', parts: 4 }

async function setUp() {
  const directory = await temporaryDirectory()
  const clock = new ManualClock()
  const path = join(directory.path, 'layouts.json')
  const grown: number[] = []
  const open = (wanted = WANTED, isUsed = false) =>
    openFileLayouts({
      ...{ path, wanted, clock, isUsed, aheadMs: AHEAD_MS, retentionMs: 7 * DAY_MS },
      grow: async (partitions) => {
        grown.push(partitions)
      },
    })
  return { clock, path, grown, open, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() }
}

const versions = (layouts: FileLayouts) => layouts.current().map(({ version }) => version)
/** Of changes that overlap, all but the first find that they are stale. */
async function changedNow(layouts: FileLayouts, change: LayoutChange): Promise<void> {
  try {
    await layouts.change(change, now(layouts))
  } catch (error) {
    assert.ok(error instanceof LayoutError && error.code !== 'too_early', String(error))
  }
}

const now = (layouts: FileLayouts) => ({ version: layouts.current().at(-1)!.version, fromMinute: null })

test('a change is for a minute of which no event can have been accepted, and is found after a restart', async () => {
  await using world = await setUp()
  const layouts = await world.open()
  const changed = await layouts.change(SPLIT, now(layouts))
  assert.deepEqual(layouts.current(), changed)
  const { fromMinute } = changed[1]!
  assert.ok(fromMinute > minuteOf(world.clock.nowMs() + AHEAD_MS))
  assert.ok(fromMinute <= minuteOf(world.clock.nowMs() + AHEAD_MS) + 2)
  const again = await world.open(WANTED, true)
  assert.deepEqual(again.current(), changed)
})

test('of two changes at a time one is made, and the other is told that it is stale', async () => {
  await using world = await setUp()
  const layouts = await world.open()
  const request = now(layouts)
  const other: LayoutChange = { act: 'split', video: 'other', parts: 2 }
  const ended = await Promise.allSettled([layouts.change(SPLIT, request), layouts.change(other, request)])
  assert.deepEqual(
    ended.map((one) => (one.status === 'rejected' ? one.reason.code : one.status)),
    ['fulfilled', 'stale'],
  )
  assert.deepEqual(versions(layouts), [1, 2])
})

test('the log has the partitions of a channel before the layout is stored', async () => {
  await using world = await setUp()
  const layouts = await world.open()
  await layouts.change({ act: 'dedicate', channel: 'x', parts: 3 }, now(layouts))
  assert.deepEqual(world.grown, [7])
  assert.deepEqual(layouts.current()[1]!.dedicated.get('x'), { first: 4, count: 3 })
})

test('a change that cannot be stored does not take effect, and the next one can', async () => {
  await using world = await setUp()
  const layouts = await world.open()
  const request = now(layouts)
  await mkdir(`${world.path}.new`) // where the draft of the file would be
  await assert.rejects(layouts.change(SPLIT, request), { code: 'unavailable' })
  world.clock.advance(10 * MINUTE_MS)
  assert.deepEqual(versions(layouts), [1])
  await rm(`${world.path}.new`, { recursive: true })
  await layouts.change(SPLIT, request)
  assert.deepEqual(versions(layouts), [1, 2])
})

test('nothing is routed into the minutes of a layout that is perhaps stored and perhaps not', async () => {
  await using world = await setUp()
  const layouts = await world.open()
  await rm(world.path)
  await mkdir(world.path) // the file can neither be written nor read back
  await assert.rejects(layouts.change(SPLIT, now(layouts)))
  assert.deepEqual(versions(layouts), [1])
  world.clock.advance(2 * MINUTE_MS)
  assert.throws(() => layouts.current(), { code: 'unavailable' })
})

type Step =
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'turn' }
  | { readonly kind: 'event'; readonly aheadMs: number }
  | { readonly kind: 'change'; readonly parts: number; readonly isAwaited: boolean }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
  { weight: 4, arbitrary: fc.constant({ kind: 'turn' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      aheadMs: fc.oneof(fc.constant(AHEAD_MS), fc.integer({ min: -300_000, max: AHEAD_MS })),
    }),
  },
  fc.record({
    kind: fc.constant('change' as const),
    parts: fc.integer({ min: 1, max: 4 }),
    isAwaited: fc.boolean(),
  }),
)

test('a copy is routed as its event was, whatever splits and merges come between, and after a restart', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
      await using world = await setUp()
      const layouts = await world.open()
      const placed: { readonly event: Routed; readonly partition: number }[] = []
      const changes: Promise<unknown>[] = []
      for (const [i, one] of steps.entries()) {
        if (one.kind === 'pass') world.clock.advance(one.ms)
        else if (one.kind === 'turn') await setImmediate()
        else if (one.kind === 'event') {
          const timeMs = world.clock.nowMs() + one.aheadMs
          const event = { tenant: '', videoId: 'hot', id: `e-${i}`, channelId: null, timeMs }
          try {
            placed.push({ event, partition: route(layouts.current(), event) })
          } catch (error) {
            assert.equal((error as LayoutError).code, 'unavailable') // refused, so its sender sends it again
          }
        } else {
          const change: LayoutChange =
            one.parts === 1
              ? { act: 'merge', video: 'hot' }
              : { act: 'split', video: 'hot', parts: one.parts }
          const changed = changedNow(layouts, change)
          changes.push(changed)
          if (one.isAwaited) await changed
        }
      }
      await Promise.all(changes)
      const again = await world.open(WANTED, true)
      for (const known of [layouts.current(), again.current()])
        for (const { event, partition } of placed) assert.equal(route(known, event), partition)
    }),
    { numRuns: 40 },
  )
})

test('layouts that no accepted event can need are dropped', async () => {
  await using world = await setUp()
  const layouts = await world.open()
  await layouts.change(SPLIT, now(layouts))
  world.clock.advance(DAY_MS)
  await layouts.change({ act: 'merge', video: 'hot' }, now(layouts))
  assert.deepEqual(versions(layouts), [1, 2, 3])
  world.clock.advance(7 * DAY_MS + 5 * MINUTE_MS)
  await layouts.change(SPLIT, now(layouts))
  assert.deepEqual(versions(layouts), [3, 4])
  assert.deepEqual(versions(await world.open(WANTED, true)), [3, 4])
})

test('settings that stay the same leave alone what commands have changed', async () => {
  await using world = await setUp()
  const wanted = { ...WANTED, splits: new Map([['mine', 2]]) }
  const layouts = await world.open(wanted)
  await layouts.change({ act: 'merge', video: 'mine' }, now(layouts))
  await layouts.change(SPLIT, now(layouts))
  const before = await readFile(world.path, 'utf8')
  const again = await world.open(wanted, true)
  assert.deepEqual(Array.from(again.current().at(-1)!.splits), [['hot', 4]])
  assert.equal(await readFile(world.path, 'utf8'), before)
  const changed = await world.open({ ...wanted, splits: new Map([['mine', 4]]) }, true)
  assert.deepEqual(
    new Map(changed.current().at(-1)!.splits),
    new Map([
      ['hot', 4],
      ['mine', 4],
    ]),
  )
})
