// What every form of the top lists must do, as tests. A form opens itself empty, on the clock that it is given.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Clock } from '../../lib/clock.ts'
import { MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import { EMPTY } from '../../model/total.ts'
import { checkNames } from '../../testing/arbitrary-name.ts'
import { BATCH_SOURCE, type Checkpoint } from '../counts/counts.ts'
import { type TopLimits, topLimits } from './top-limits.ts'
import { TOP_RETENTION_MINUTES, type TopCounts, type TopReader, type TopWriter } from './tops.ts'

type TopsUnderTest = {
  readonly writer: TopWriter
  /** Separate readers, as other processes have; `checkpoints` are those that the counts hold. */
  reader(checkpoints: ReadonlyMap<string, Checkpoint>): TopReader
  /** Makes room, as happens by itself every now and then. */
  fold(): Promise<void>
  /** What all lists take. */
  bytes(): Promise<number>
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
  readonly reader: TopReader
  readonly #offsets = new Map<string, number>()

  constructor(tops: TopsUnderTest) {
    this.tops = tops
    this.reader = tops.reader(this.checkpoints)
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

  async read(from: number, to: number, tenant = '', type = 'view', reader = this.reader) {
    const { counts, slacks, asOfMs, bound } = await reader.read(tenant, type, from, to)
    if (slacks.size > 0) return { counts: Object.fromEntries(counts), slacks, asOfMs, bound }
    const positive = [...counts].filter(([, count]) => count !== 0)
    return { counts: Object.fromEntries(positive.sort(([a], [b]) => (a < b ? -1 : 1))), asOfMs, bound }
  }
}

const exactly = (counts: Record<string, number>) => ({ counts, asOfMs: Number.POSITIVE_INFINITY, bound: 0 })

const SMALL: Omit<TopLimits, 'bytesMax'> = {
  openVideosMax: 3,
  correctionsMax: 2,
  minuteVideosMax: 5,
  hourVideosMax: 8,
  hourVideosLeast: 2,
}

/** One write may take so much more: the account is looked at before it. */
const WRITE_BYTES = 2_000

/** Whatever is written and folded: the true count of every video lies within its bounds, unless rows are lost. */
async function checkBounds(
  world: World,
  { bytesMax }: TopLimits,
  changed = (read: TopCounts) => read,
  numRuns = 25,
): Promise<void> {
  const truth = new Truth()
  const sent = fc.record({
    videoId: fc.integer({ min: 0, max: 15 }).map((n) => `v${n}`),
    minute: fc.integer({ min: MINUTE - 500, max: MINUTE }).map((n) => n - (n % 45)),
    count: fc.integer({ min: -4, max: 40 }),
    source: fc.constantFrom('s', 's', 't', BATCH_SOURCE),
  })
  const window = fc.tuple(fc.nat(520), fc.nat(520)).map(([a, b]) => [Math.max(a, b), Math.min(a, b)] as const)
  const windows = fc.array(window, { minLength: 3, maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(fc.array(sent, { maxLength: 40 }), fc.nat(2), windows, async (some, folds, asked) => {
      await world.send(...some.flatMap((row) => truth.take(row) ?? []))
      for (let i = 0; i < folds; i++) await world.tops.fold()
      assert.ok((await world.tops.bytes()) <= bytesMax + WRITE_BYTES)
      for (const [before, after] of asked) {
        const [from, to] = [MINUTE - before, MINUTE - after + 1]
        const { counts, slacks, bound, asOfMs } = changed(await world.reader.read('', 'view', from, to))
        if (asOfMs === null) continue
        for (const [videoId, count] of truth.sums(from, to)) {
          const [least, more] = counts.has(videoId)
            ? [counts.get(videoId)!, slacks.get(videoId) ?? 0]
            : [0, bound]
          assert.ok(
            least <= count && count <= least + more,
            `${videoId}: ${least} ≤ ${count} ≤ ${least + more}`,
          )
        }
      }
    }),
    { numRuns },
  )
}

/** What was sent, added up by other means. */
class Truth {
  /** By video, minute and source. */
  readonly #rows = new Map<string, Sent>()
  #upTo = 0

  /** The row as it may be: totals grow, and corrections take no more away than there is. Null: not at all. */
  take(row: Sent): Sent | null {
    const key = `${row.videoId} ${row.minute} ${row.source}`
    const isBatch = row.source === BATCH_SOURCE
    const others = [...this.#rows.values()].filter(
      ({ videoId, minute, source }) =>
        videoId === row.videoId && minute === row.minute && source !== row.source,
    )
    if (isBatch && row.count + others.reduce((sum, { count }) => sum + count, 0) < 0) return null
    if (!isBatch && row.count <= (this.#rows.get(key)?.count ?? 0)) return null
    const taken = { ...row, upTo: ++this.#upTo }
    this.#rows.set(key, taken)
    return taken
  }

  sums(from: number, to: number): Map<string, number> {
    const sums = new Map<string, number>()
    for (const { videoId, minute, count } of this.#rows.values()) {
      if (minute >= from && minute < to) sums.set(videoId, (sums.get(videoId) ?? 0) + count)
    }
    return sums
  }
}

type Open = (clock: Clock, limits: TopLimits) => Promise<TopsUnderTest>

export function topsContract(name: string, open: Open): void {
  const test = (
    title: string,
    run: (world: World) => Promise<void>,
    limits = topLimits(1e8),
    clock = CLOCK,
  ) =>
    it(title, async () => {
      const tops = await open(clock, limits)
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

    test('are as exact after their minutes were folded, also where rows come later', async (world) => {
      const at = MINUTE - 30
      await world.send(
        { videoId: 'a', minute: at, count: 5 },
        { videoId: 'b', minute: at, count: 3, source: 't' },
      )
      for (let pass = 0; pass < 3; pass++) await world.tops.fold()
      assert.deepEqual(await world.read(at, at + 1), exactly({ a: 5, b: 3 }))
      await world.send({ videoId: 'c', minute: at, count: 4 })
      for (let pass = 0; pass < 3; pass++) {
        assert.deepEqual(await world.read(at - 5, at + 5), exactly({ a: 5, b: 3, c: 4 }))
        await world.tops.fold()
      }
    })

    const aging = { ...CLOCK, ms: NOW, nowMs: () => aging.ms }
    test(
      'give back all that hours took of which nobody can ask any more, and go on',
      async (world) => {
        await world.send(
          { videoId: 'a', minute: MINUTE, count: 5 },
          { videoId: 'b', minute: MINUTE + 60, count: 3 },
        )
        await world.tops.fold()
        aging.ms += (TOP_RETENTION_MINUTES + 180) * MINUTE_MS
        for (let pass = 0; pass < 3; pass++) await world.tops.fold()
        assert.equal(await world.tops.bytes(), 0)
        const now = minuteOf(aging.ms)
        await world.send({ videoId: 'c', minute: now - 30, count: 4 })
        for (let pass = 0; pass < 3; pass++) await world.tops.fold()
        assert.deepEqual(await world.read(now - 60, now), exactly({ c: 4 }))
      },
      topLimits(1e8),
      aging,
    )

    for (const bytesMax of [1e8, 60_000, 12_000]) {
      const limits = { ...SMALL, bytesMax }
      const title = `are never wrong about a bound where lists are short, and may take ${bytesMax} bytes`
      test(title, (world) => checkBounds(world, limits), limits)
    }

    const short = { ...SMALL, bytesMax: 60_000 }
    const mutants: Record<string, (read: TopCounts) => TopCounts> = {
      'the floor of videos that are not listed': (read) => ({ ...read, bound: 0 }),
      'what may be missing of those that are': (read) => ({ ...read, slacks: new Map() }),
    }
    const untilCaught = 1_000
    for (const [what, broken] of Object.entries(mutants)) {
      test(
        `would be wrong without ${what}`,
        (world) =>
          assert.rejects(checkBounds(world, short, broken, untilCaught), ({ cause }) =>
            /≤/.test(String(cause)),
          ),
        short,
      )
    }
  })
}
