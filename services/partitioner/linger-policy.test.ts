import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Clock } from '../../lib/clock.ts'
import { Random } from '../../simulator/random.ts'
import { anEvent, NOW_MS } from '../../testing/door-fixture.ts'
import { Gather } from './gather.ts'
import { EVENT_LIMITS } from './limits.ts'
import { type Waiting, waitsOn } from './linger-policy.ts'
import { NO_METRICS } from './partitioner-metrics.ts'

const check = (title: string, waiting: Partial<Waiting>, expected: boolean, limits = {}) =>
  test(title, () => {
    const many = { waitedMs: 5, records: 100, events: 200, hasMore: true }
    assert.equal(waitsOn({ ...many, ...waiting }, { lingerMs: 5, lingerMsMax: 100, ...limits }), expected)
  })

describe('Events wait on', () => {
  check('while more comes and records are small', {}, true)
  check('not where nobody sends meanwhile', { hasMore: false }, false)
  check('not where records are well filled', { events: 5_000 }, false)
  check('up to the longest wait', { waitedMs: 95 }, true)
  check('not beyond it', { waitedMs: 96 }, false)
  check('not where so few records cost little', { waitedMs: 50, records: 50 }, false)
  check('not where they are not to wait at all', { waitedMs: 0 }, false, { lingerMs: 0 })
})

/** Time that passes when it is told to, in steps of 1 ms. */
class VirtualTime implements Clock {
  #nowMs = 0
  readonly #due = new Map<number, PromiseWithResolvers<void>>()

  nowMs(): number {
    return this.#nowMs
  }

  sleep(ms: number): Promise<void> {
    const atMs = this.#nowMs + ms
    const due = this.#due.get(atMs) ?? Promise.withResolvers<void>()
    this.#due.set(atMs, due)
    return due.promise
  }

  async pass(): Promise<void> {
    this.#nowMs++
    this.#due.get(this.#nowMs)?.resolve()
    this.#due.delete(this.#nowMs)
    await new Promise(setImmediate)
  }
}

const PARTITIONS = 256
/** How long the log takes, in ms. */
const APPEND_MS = 20
const { videoId, type } = anEvent() as { videoId: string; type: string }
const BASE = { tenant: '', videoId, type, timeMs: NOW_MS, valueThousandths: null, viewerId: null }
const EVENT = { ...BASE, channelId: null, attributes: null, source: null, id: 'an-id' }

type Load = {
  readonly partitioners: number
  /** Each gets a request a millisecond with so many events. */
  readonly eventsPerMs: number
  readonly partitions?: number
  readonly lingerMsMax?: number
  readonly ms: number
}

/** Events of any partition come to each partitioner alike, as balanced requests of many videos do. */
async function run({ partitioners, eventsPerMs, partitions = PARTITIONS, ms, ...limits }: Load) {
  const clock = new VirtualTime()
  const random = new Random(1)
  let records = 0
  const waitsMs: number[] = []
  const log = {
    async append() {
      records++
      await clock.sleep(APPEND_MS)
      return { offset: 0 }
    },
  }
  const all = Array.from({ length: partitioners }, () => {
    return new Gather({ log, clock, limits: { ...EVENT_LIMITS, ...limits }, metrics: NO_METRICS })
  })
  const place = () => ({ lane: 'events', partition: random.int(0, partitions - 1), event: EVENT }) as const
  const storing: Promise<void>[] = []
  for (let at = 0; at < ms; at++) {
    for (const gather of all) {
      const sentMs = clock.nowMs()
      const stored = gather.store(Array.from({ length: eventsPerMs }, place))
      storing.push(stored.then(() => void waitsMs.push(clock.nowMs() - sentMs)))
    }
    await clock.pass()
  }
  let isDone = false
  Promise.all(storing).then(() => (isDone = true))
  while (!isDone) await clock.pass()
  const sorted = waitsMs.toSorted((a, b) => a - b)
  return {
    eventsPerRecord: (partitioners * eventsPerMs * ms) / records,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)]!,
  }
}

describe('With 256 partitions', () => {
  const million = { partitioners: 50, eventsPerMs: 20, ms: 300 }

  test('a million events a second at 50 partitioners make fewer records, in time', async (t) => {
    const fixed = await run({ ...million, ms: 100, lingerMsMax: 5 })
    const adaptive = await run(million)
    t.diagnostic(JSON.stringify({ fixed, adaptive }))
    assert.ok(fixed.eventsPerRecord < 2.5, `${fixed.eventsPerRecord} events a record`)
    // All that is there: 78 events/s for a partition come to one partitioner, 7.8 in the longest wait.
    assert.ok(adaptive.eventsPerRecord > 7, `${adaptive.eventsPerRecord} events a record`)
    assert.ok(adaptive.p99Ms <= 150, `${adaptive.p99Ms} ms`)
  })

  test('records hold 50 events where the load allows, and do not wait for more', async (t) => {
    const busy = await run({ partitioners: 1, eventsPerMs: 200, ms: 300 })
    t.diagnostic(JSON.stringify(busy))
    assert.ok(busy.eventsPerRecord >= 45, `${busy.eventsPerRecord} events a record`) // the last one is not full
    assert.ok(busy.p99Ms <= 100, `${busy.p99Ms} ms`)
  })

  test('who waits for each answer is not kept longer', async () => {
    const clock = new VirtualTime()
    const random = new Random(1)
    const append = async () => {
      await clock.sleep(APPEND_MS)
      return { offset: 0 }
    }
    const gather = new Gather({ log: { append }, clock, limits: EVENT_LIMITS, metrics: NO_METRICS })
    let answers = 0
    const sender = async () => {
      for (; answers < 4; answers++) {
        const partition = () => random.int(0, PARTITIONS - 1)
        const batch = Array.from({ length: 1_000 }, () => ({ lane: 'events', event: EVENT }) as const)
        await gather.store(batch.map((placed) => ({ ...placed, partition: partition() })))
      }
    }
    sender()
    while (answers < 4) await clock.pass()
    assert.equal(clock.nowMs(), 4 * (EVENT_LIMITS.lingerMs + APPEND_MS))
  })
})

test('with few partitions events wait a few milliseconds longer at most', async () => {
  const { p99Ms } = await run({ partitioners: 1, eventsPerMs: 2, partitions: 16, ms: 200 })
  assert.ok(p99Ms <= 2 * APPEND_MS + 20, `${p99Ms} ms`)
})
