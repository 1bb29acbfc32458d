// In any order of writes, reads, corrections and losses: an answer holds at least what was stored when the progress
// was read, and at most what is stored now.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { EMPTY } from '../../../model/total.ts'
import type { CountReader } from '../../../stores/counts/counts.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryCache } from '../../../testing/memory-cache.ts'
import { MemoryCounts } from '../../../testing/memory-counts.ts'
import { CACHE_SETTINGS, CachedReader, type CacheMetrics } from './cached-reader.ts'
import { forget } from './forget.ts'

const SERIES = { tenant: '', videoId: 'v', type: 'view' }
const RANGE = { resolution: 'minute', from: 28_332_000, to: 28_332_010 } as const
const CLOSED_MS = RANGE.to * MINUTE_MS + CACHE_SETTINGS.horizonMs + CACHE_SETTINGS.clockSlackMs
const PROCESSES = 3
const NO_METRICS: CacheMetrics = { answered: () => {}, failed: () => {} }

type Act =
  | { readonly kind: 'store' | 'advance' | 'hear' | 'close' | 'clear' | 'settle' }
  | { readonly kind: 'ask'; readonly process: number }
  | { readonly kind: 'pass'; readonly ms: number }

const changes = fc.constantFrom(...(['store', 'advance', 'hear', 'clear', 'settle'] as const))
const process = fc.nat(PROCESSES - 1)
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: changes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ask' as const), process }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 400, 4_000, 400_000) }),
  },
)

class World {
  readonly #clock = new ManualClock(CLOSED_MS)
  readonly #counts = new MemoryCounts()
  readonly #shared = new MemoryCache(this.#clock)
  readonly #processes = Array.from({ length: PROCESSES }, () => this.#newProcess())
  readonly #pending: Promise<void>[] = []
  #asOfMs = RANGE.to * MINUTE_MS
  #stored = 0
  #sureToMs = 0
  /** The least that an answer must hold, by its `asOf`, or by its `complete`. */
  #promised = 0

  async apply(act: Act): Promise<void> {
    switch (act.kind) {
      case 'store':
        return this.#store()
      case 'advance':
        return this.#advanceTo(this.#asOfMs + 1)
      case 'hear': // from a partitioner that was silent, and what it had on its disk
        if (this.#sureToMs === this.#asOfMs) return
        await this.#store()
        this.#sureToMs = this.#asOfMs
        this.#promised = this.#stored
        return
      case 'close':
        return this.#advanceTo(Math.max(this.#asOfMs, CLOSED_MS))
      case 'clear':
        return this.#shared.clear()
      case 'settle':
        return this.settle()
      case 'pass':
        return this.#clock.advance(act.ms)
      case 'ask':
        this.#pending.push(this.#ask(this.#processes[act.process]!))
    }
  }

  async settle(): Promise<void> {
    await Promise.all(this.#pending.splice(0))
  }

  /**
   * Once the range is closed, only a correction changes it; the correction counts as visible when the old answer is
   * forgotten.
   */
  async #store(): Promise<void> {
    const count = ++this.#stored
    const row = { bucket: { ...SERIES, minute: RANGE.from }, total: { ...EMPTY, count, upTo: count } }
    await this.#counts.write('s', [row])
    if (this.#asOfMs < CLOSED_MS) return
    const forgotten = forget(this.#shared, this.#clock, CACHE_SETTINGS.localTtlMs, [SERIES])
    await new Promise(setImmediate)
    this.#clock.advance(CACHE_SETTINGS.localTtlMs)
    await forgotten
    this.#promised = count
  }

  #advanceTo(asOfMs: number): void {
    this.#asOfMs = asOfMs
    this.#promised = this.#stored
  }

  async #ask(reader: CachedReader): Promise<void> {
    const promised = this.#promised
    const { periods } = await reader.read(SERIES, RANGE)
    const count = periods[0]?.aggregate.count ?? 0
    assert.ok(count >= promised && count <= this.#stored, `${promised} ≤ ${count} ≤ ${this.#stored}`)
  }

  #newProcess(): CachedReader {
    const read: CountReader['read'] = async (...args) => {
      await new Promise(setImmediate)
      const answer = await this.#counts.read(...args)
      await new Promise(setImmediate)
      return answer
    }
    const counts = Object.assign(Object.create(this.#counts) as MemoryCounts, { read })
    const progress = () => ({ asOfMs: this.#asOfMs, sureToMs: this.#sureToMs })
    const deps = { counts, shared: this.#shared, clock: this.#clock, random: () => 0.5, progress }
    return new CachedReader({ ...deps, metrics: NO_METRICS })
  }
}

test('no answer holds less than its asker is told, nor more than there is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      const world = new World()
      for (const act of acts) await world.apply(act)
      await world.settle()
    }),
    { numRuns: 1_000 },
  )
})
