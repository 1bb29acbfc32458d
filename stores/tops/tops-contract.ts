// What every form of the top lists must do, as tests. A form opens itself empty, on the clock that it is given.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Clock } from '../../lib/clock.ts'
import { minuteOf } from '../../model/bucket.ts'
import { EMPTY } from '../../model/total.ts'
import { checkNames } from '../../testing/arbitrary-name.ts'
import { BATCH_SOURCE, type Checkpoint } from '../counts/counts.ts'
import type { TopReader, TopWriter } from './tops.ts'

export type TopsUnderTest = {
  readonly writer: TopWriter
  /** Separate readers, as other processes have; `checkpoints` are those that the counts hold. */
  reader(checkpoints: ReadonlyMap<string, Checkpoint>): TopReader
  close(): Promise<void>
}

const NOW = Date.parse('2026-11-21T12:00:30Z')
const MINUTE = minuteOf(NOW)
const CLOCK: Clock = { nowMs: () => NOW, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) }
const LEDGER = { records: 0, events: 0, counted: 0, duplicate: 0, late: 0, dead: 0, deadRecords: 0 }

type Sent = {
  readonly videoId: string
  readonly minute: number
  readonly count: number
  readonly source?: string
  readonly tenant?: string
  readonly type?: string
  readonly upTo?: number
}

class World {
  readonly tops: TopsUnderTest
  readonly checkpoints = new Map<string, Checkpoint>()
  readonly #reader: TopReader
  readonly #offsets = new Map<string, number>()

  constructor(tops: TopsUnderTest) {
    this.tops = tops
    this.#reader = tops.reader(this.checkpoints)
  }

  /** Rows of owners whose sources are new. */
  async send(...all: readonly Sent[]): Promise<void> {
    for (const { videoId, minute, count, source = 's', tenant = '', type = 'view', upTo } of all) {
      if (!this.#offsets.has(source) && source !== BATCH_SOURCE) this.tops.writer.begin(source, null)
      const offset = upTo ?? (this.#offsets.get(source) ?? 0) + 1
      this.#offsets.set(source, Math.max(offset, this.#offsets.get(source) ?? 0))
      const total = { ...EMPTY, count, upTo: offset }
      this.tops.writer.write(source, [{ bucket: { tenant, videoId, type, minute }, total }])
    }
    await this.store()
  }

  /** Writes the checkpoints of the rows that were sent. */
  async store(): Promise<void> {
    for (const [source, offset] of this.#offsets) {
      const checkpoint = { offset, logTimeMs: NOW, ledger: LEDGER }
      await this.tops.writer.reached(source, checkpoint)
      if (source !== BATCH_SOURCE) this.checkpoints.set(source, checkpoint)
    }
  }

  async read(from: number, to: number, tenant = '', type = 'view', reader = this.#reader) {
    const { counts, asOfMs, bound } = await reader.read(tenant, type, from, to)
    const positive = [...counts].filter(([, count]) => count !== 0)
    return { counts: Object.fromEntries(positive.sort(([a], [b]) => (a < b ? -1 : 1))), asOfMs, bound }
  }
}

const exactly = (counts: Record<string, number>) => ({ counts, asOfMs: Number.POSITIVE_INFINITY, bound: 0 })

export function topsContract(name: string, open: (clock: Clock) => Promise<TopsUnderTest>): void {
  const test = (title: string, run: (world: World) => Promise<void>) =>
    it(title, async () => {
      const tops = await open(CLOCK)
      try {
        await run(new World(tops))
      } finally {
        await tops.close()
      }
    })

  describe(name, () => {
    test('hold the videos of the window, by tenant and type', async (world) => {
      await world.send(
        { videoId: 'a', minute: MINUTE - 2, count: 1 },
        { videoId: 'a', minute: MINUTE - 1, count: 20 },
        { videoId: 'a', minute: MINUTE, count: 300 },
        { videoId: 'b', minute: MINUTE - 1, count: 5 },
        { videoId: 'c', minute: MINUTE - 1, count: 7, type: 'like' },
        { videoId: 'd', minute: MINUTE - 1, count: 9, tenant: 't' },
      )
      assert.deepEqual(await world.read(MINUTE - 1, MINUTE), exactly({ a: 20, b: 5 }))
      assert.deepEqual(await world.read(MINUTE - 2, MINUTE + 1), exactly({ a: 321, b: 5 }))
      assert.deepEqual(await world.read(MINUTE - 1_440, MINUTE, '', 'like'), exactly({ c: 7 }))
      assert.deepEqual(await world.read(MINUTE - 1_440, MINUTE, 't'), exactly({ d: 9 }))
      assert.deepEqual(await world.read(MINUTE - 1_440, MINUTE - 2), exactly({}))
    })

    test('give names back as they went in', async (world) => {
      await checkNames(async (tenant, names) => {
        await world.send(...names.map((videoId, i) => ({ tenant, videoId, minute: MINUTE, count: i + 1 })))
        const { counts } = await world.read(MINUTE, MINUTE + 1, tenant)
        assert.deepEqual(counts, Object.fromEntries(names.map((videoId, i) => [videoId, i + 1])))
      })
    })

    test('take totals for what they are, in any order, however often', async (world) => {
      const [old, middle, fresh] = [1, 2, 3].map((n) => ({
        ...{ videoId: 'a', minute: MINUTE, count: n * 10, upTo: n },
      }))
      await world.send(middle!, old!, fresh!, middle!, fresh!)
      assert.deepEqual(await world.read(MINUTE, MINUTE + 1), exactly({ a: 30 }))
      await world.send(old!)
      assert.deepEqual(await world.read(MINUTE, MINUTE + 1), exactly({ a: 30 }))
    })

    test('add up the sources, and take the newest correction', async (world) => {
      await world.send(
        { videoId: 'a', minute: MINUTE, count: 10, source: 's' },
        { videoId: 'a', minute: MINUTE, count: 5, source: 't' },
        { videoId: 'a', minute: MINUTE, count: -2, source: BATCH_SOURCE, upTo: 7 },
      )
      assert.deepEqual(await world.read(MINUTE, MINUTE + 1), exactly({ a: 13 }))
      await world.send(
        { videoId: 'a', minute: MINUTE, count: -4, source: BATCH_SOURCE, upTo: 9 },
        { videoId: 'a', minute: MINUTE, count: 3, source: BATCH_SOURCE, upTo: 8 },
      )
      assert.deepEqual(await world.read(MINUTE, MINUTE + 1), exactly({ a: 11 }))
    })

    test('see what changes in minutes and hours that were read before', async (world) => {
      const hour = Math.floor(MINUTE / 60) * 60 - 120
      await world.send({ videoId: 'a', minute: hour + 30, count: 1 })
      assert.deepEqual(await world.read(hour - 60, hour + 61), exactly({ a: 1 }))
      await world.send(
        { videoId: 'a', minute: hour + 30, count: 2 },
        { videoId: 'b', minute: hour, count: 4 },
      )
      assert.deepEqual(await world.read(hour - 60, hour + 61), exactly({ a: 2, b: 4 }))
      await world.send({ videoId: 'b', minute: hour + 60, count: 8 })
      assert.deepEqual(await world.read(hour - 60, hour + 61), exactly({ a: 2, b: 12 }))
    })

    test('equal a recount, whatever is written', async (world) => {
      const sent = fc.record({
        videoId: fc.constantFrom('a', 'b', 'ü/\u{1f3ac}'),
        minute: fc.integer({ min: MINUTE - 150, max: MINUTE }),
        source: fc.constantFrom('s', 't'),
        upTo: fc.integer({ min: 1, max: 20 }),
      })
      const all = new Map<string, Sent>()
      const window = fc.tuple(fc.nat(160), fc.nat(160)).map(([a, b]) => [Math.max(a, b), Math.min(a, b)])
      await fc.assert(
        fc.asyncProperty(fc.array(sent, { maxLength: 20 }), window, async (some, [before, after]) => {
          const rows = some.map((row) => ({ ...row, count: row.upTo * 3 }))
          await world.send(...rows)
          for (const row of rows) {
            const key = `${row.videoId} ${row.minute} ${row.source}`
            if (row.count > (all.get(key)?.count ?? 0)) all.set(key, row)
          }
          const [from, to] = [MINUTE - before!, MINUTE - after!]
          const expected: Record<string, number> = {}
          for (const { videoId, minute, count } of all.values()) {
            if (minute >= from && minute < to) expected[videoId] = (expected[videoId] ?? 0) + count
          }
          const { counts } = await world.read(from, to)
          assert.deepEqual(counts, expected)
        }),
        { numRuns: 30 },
      )
    })
  })
}
