// Partitioners whose clocks differ, that lose Kafka for a while, and that change the layout at the same time: a copy
// must be routed as its event was, whoever gets it and whenever.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import { type Routed, route } from '../../../model/route.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryClient } from '../../../testing/memory-kafka-client.ts'
import type { LayoutChange } from '../../layouts/layout-changes.ts'
import { LayoutError } from '../../layouts/layouts.ts'
import { LogError } from '../log.ts'
import type { KafkaClient } from './kafka-client.ts'
import { type KafkaLayouts, openKafkaLayouts } from './kafka-layouts.ts'

const AHEAD_MS = MINUTE_MS
/** Shorter than how far ahead events may be, so that some cannot be routed at once. */
const LEAD_MS = 40_000
/** No assumption: the clocks may differ by hours. */
const SKEW_MS_MAX = 2 * 3_600_000
const LEADER_SKEW_MS_MAX = 30_000
const PARTITIONERS = 3
const RUNS = 60

const who = fc.nat(PARTITIONERS - 1)
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      who,
      aheadMs: fc.oneof(fc.constant(AHEAD_MS), fc.integer({ min: -10 * MINUTE_MS, max: AHEAD_MS })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('change' as const, 'withdraw' as const),
      who,
      parts: fc.integer({ min: 1, max: 4 }),
    }),
  },
  fc.record({
    kind: fc.constant('lead' as const),
    skewMs: fc.integer({ min: -LEADER_SKEW_MS_MAX, max: LEADER_SKEW_MS_MAX }),
  }),
  fc.record({
    kind: fc.constantFrom('cut' as const, 'heal' as const, 'slow' as const, 'release' as const),
    who,
  }),
)

class Partitioner {
  layouts!: KafkaLayouts
  isCut = false
  /** Its proposals wait for this before the log takes them. */
  #gate = Promise.withResolvers<void>()
  readonly #world: World
  readonly #skewMs: number

  constructor(world: World, skewMs: number) {
    this.#world = world
    this.#skewMs = skewMs
    this.#gate.resolve()
  }

  get nowMs(): number {
    return this.#world.clock.nowMs() + this.#skewMs
  }

  async open(): Promise<void> {
    const { clock } = this.#world
    this.layouts = await openKafkaLayouts({
      client: this.#client(),
      clock: { nowMs: () => this.nowMs, sleep: (ms, signal) => clock.sleep(ms, signal) },
      prefix: 'tally',
      renewal: { retentionMs: 60 * MINUTE_MS, removedMin: 30 },
      newProposalId: () => String(this.#world.proposals++),
      onRefreshFailed: () => {},
    })
  }

  slow(): void {
    this.#gate.resolve()
    this.#gate = Promise.withResolvers()
  }

  release(): void {
    this.#gate.resolve()
  }

  #client(): KafkaClient {
    const { client } = this.#world
    const reach = async () => {
      await setImmediate()
      if (this.isCut) throw new LogError('unavailable', 'Kafka is away.')
    }
    return new Proxy(client, {
      get: (target, name: keyof MemoryClient) => {
        const call = target[name]
        if (name !== 'fetch' && name !== 'offsetOf' && name !== 'produce') return call
        return async (...args: never[]) => {
          await reach()
          if (name === 'produce') await this.#gate.promise
          return (call as (...all: never[]) => unknown).apply(target, args)
        }
      },
    })
  }
}

class World {
  readonly clock = new ManualClock()
  /** Of the leader of the meta topic, whose clock differs from that of the next. */
  leaderSkewMs = 0
  readonly client = new MemoryClient({
    nowMs: () => this.clock.nowMs() + this.leaderSkewMs,
    sleep: (ms) => this.clock.sleep(ms),
  })
  readonly partitioners: readonly Partitioner[]
  proposals = 0

  constructor(skewsMs: readonly number[]) {
    this.client.topics.set('tally.meta', [[]])
    this.partitioners = skewsMs.map((skewMs) => new Partitioner(this, skewMs))
  }
}

let routed = 0
let kept = 0
let changes = 0

async function live(
  skewsMs: readonly number[],
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
) {
  const world = new World(skewsMs)
  for (const one of world.partitioners) await one.open()
  const [first] = world.partitioners
  await first!.layouts.agreeOnLead(LEAD_MS)
  await first!.layouts.propose({ partitions: 4, splits: new Map(), dedicated: new Map() })
  await Promise.all(world.partitioners.map(({ layouts }) => layouts.refresh()))
  const placed: { readonly event: Routed; readonly partition: number }[] = []
  const changing: Promise<void>[] = []
  for (const [i, one] of steps.entries()) {
    if (one.kind === 'pass') {
      world.clock.advance(one.ms)
      for (let turn = 0; turn < 4; turn++) await setImmediate()
      continue
    }
    if (one.kind === 'lead') {
      world.leaderSkewMs = one.skewMs
      continue
    }
    const partitioner = world.partitioners[one.who]!
    if (one.kind === 'cut') partitioner.isCut = true
    if (one.kind === 'heal') partitioner.isCut = false
    if (one.kind === 'slow') partitioner.slow()
    if (one.kind === 'release') partitioner.release()
    if (one.kind === 'change') changing.push(change(partitioner.layouts, splitInto(one.parts)))
    if (one.kind === 'withdraw') changing.push(change(partitioner.layouts, { act: 'withdraw' }))
    if (one.kind === 'event') {
      const timeMs = world.clock.nowMs() + one.aheadMs
      const event = { tenant: '', videoId: 'hot', id: `e-${i}`, channelId: null, timeMs }
      const { layouts } = partitioner
      if (minuteOf(timeMs) >= layouts.unknownFromMinute()) kept++
      else placed.push({ event, partition: route(layouts.current(), event) })
    }
  }
  for (const one of world.partitioners) {
    one.isCut = false
    one.release()
  }
  await Promise.all(changing)
  for (const { layouts } of world.partitioners) {
    await layouts.refresh()
    for (const { event, partition } of placed) assert.equal(route(layouts.current(), event), partition)
    await layouts.close()
  }
  routed += placed.length
  changes += first!.layouts.current().length - 1
}

function splitInto(parts: number): LayoutChange {
  return parts === 1 ? { act: 'merge', video: 'hot' } : { act: 'split', video: 'hot', parts }
}

async function change(layouts: KafkaLayouts, wish: LayoutChange): Promise<void> {
  try {
    const version = layouts.current().at(-1)!.version
    await layouts.change(wish, { version, fromMinute: null })
  } catch (error) {
    assert.ok(error instanceof LayoutError || error instanceof LogError, String(error))
  }
}

test('a copy is routed as its event was, whoever gets it, whatever splits and merges come between', async () => {
  const skew = fc.integer({ min: -SKEW_MS_MAX, max: SKEW_MS_MAX })
  const skews = fc.tuple(skew, skew, skew)
  await fc.assert(
    fc.asyncProperty(skews, fc.array(step, { minLength: 60, maxLength: 150, size: 'max' }), live),
    { numRuns: RUNS },
  )
  assert.ok(routed > 10 * RUNS && changes > RUNS / 2 && kept > RUNS, `${routed} ${changes} ${kept}`)
})
