// A world for tests of the batch layer: everything that it needs, in memory, on a manual clock.
import { setImmediate } from 'node:timers/promises'
import { MINUTE_MS, type Series } from '../model/bucket.ts'
import { Acts } from '../services/reconciler/operators/admin-acts.ts'
import type { BatchSettings } from '../services/reconciler/reconciler-settings.ts'
import { PATIENCE_MS } from '../services/reconciler/recount/carry-out.ts'
import type { Window } from '../services/reconciler/recount/due-hours.ts'
import { type ReconcilePorts, type RunReport, reconcile } from '../services/reconciler/recount/reconcile.ts'
import type { Origin } from '../stores/archive/archive.ts'
import type { Resolution } from '../stores/counts/counts.ts'
import { atMinute, batchOf, HORIZON_MS } from './archive-fixture.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryArchive } from './memory-archive.ts'
import { MemoryCounts } from './memory-counts.ts'
import { MemoryJournal } from './memory-journal.ts'
import { MemoryRollups } from './memory-rollups.ts'

export const VIEWS: Series = { tenant: '', videoId: 'v1', type: 'view' }

export const BATCH_SETTINGS: BatchSettings = {
  horizonMs: HORIZON_MS,
  aheadMs: MINUTE_MS,
  slackMs: 2 * MINUTE_MS,
  minutesKeptMs: 14 * 1_440 * MINUTE_MS,
  shares: { shareBytesMin: 64 << 20, shareBytesMax: 256 << 20 },
  patienceMs: PATIENCE_MS,
  flushIntervalMs: 1_000,
  lateFlushIntervalMs: 1_000,
  flushBytesMax: 64 << 10,
  readBytesMax: 1 << 20,
  idleWaitMs: 1_000,
  retry: { baseMs: 100, capMs: 1_000 },
  runIntervalMs: MINUTE_MS,
  rawKeptMs: 7 * 1_440 * MINUTE_MS,
  behindMaxMs: 60 * MINUTE_MS,
  recountMiB: 64,
  recountThreads: 1,
  recountEngine: { kind: 'duckdb' },
  unknownSchemas: 'wait',
  dimensions: ['country', 'device'],
  dimensionValuesMax: 3,
  hoursKeptMs: 400 * 1_440 * MINUTE_MS,
}

export class BatchWorld {
  readonly clock: ManualClock
  readonly archive: MemoryArchive
  readonly counts = new MemoryCounts()
  readonly rollups = new MemoryRollups()
  readonly journal = new MemoryJournal()
  readonly acts: Acts
  /** Names of series whose cached answers were invalidated. */
  readonly forgotten: string[] = []

  constructor(
    nowMs: number,
    archive: (nowMs: () => number) => MemoryArchive = (now) => new MemoryArchive(now),
  ) {
    this.clock = new ManualClock(nowMs)
    this.archive = archive(() => this.clock.nowMs())
    this.acts = new Acts(this.journal, this.clock)
  }

  get ports(): ReconcilePorts {
    const { archive, counts, rollups, journal, clock } = this
    const forget = async (series: readonly Series[]) => {
      this.forgotten.push(...series.map(({ videoId, type }) => `${videoId} ${type}`))
    }
    const removals = (fromMinute: number) => this.acts.removals(fromMinute)
    return { archive, counts, rollups, journal, clock, forget, removals, sharing: null }
  }

  /** Has events of the given minutes archived, with ids of their own: the first has the number `first`. */
  async stored(origin: Origin, minutes: readonly number[], first = 0): Promise<void> {
    const lateMs = origin === 'events-late' ? 60 * MINUTE_MS : 0
    const events = minutes.map((minute, i) =>
      atMinute(minute, {
        id: `${origin}.${first + i}`,
        offset: first + i,
        logTimeMs: minute * MINUTE_MS + lateMs,
      }),
    )
    await this.archive.store(batchOf(origin === 'events' ? '00000000-0' : '00000000-late-0', origin, events))
  }

  /** Runs the batch layer once, with all minutes before `closedTo` closed. */
  run(
    closedTo: number,
    window: Partial<Window> = {},
    signal = new AbortController().signal,
  ): Promise<RunReport> {
    const whole = { closedTo, completeFrom: 0, again: null, ...window }
    return reconcile(this.ports, BATCH_SETTINGS, whole, signal)
  }

  /** What the stream has counted of a minute. */
  async streamed(minute: number, count: number, series = VIEWS): Promise<void> {
    const total = { count, values: 0, sum: 0n, min: null, max: null, upTo: count }
    await this.counts.write('00000000-0', [{ bucket: { ...series, minute }, total }])
  }

  /** The sum of the stream and its corrections. */
  async minute(minute: number, series = VIEWS): Promise<number> {
    const range = { resolution: 'minute', from: minute, to: minute + 1 } as const
    const { periods } = await this.counts.read(series, range)
    return periods[0]?.aggregate.count ?? 0
  }

  /** The count of a rollup; null if there is none. */
  async rollup(
    resolution: Exclude<Resolution, 'minute'>,
    start: number,
    series = VIEWS,
  ): Promise<number | null> {
    const { periods } = await this.rollups.readRollups(series, { resolution, from: start, to: start + 1 })
    return periods[0]?.aggregate.count ?? null
  }
}

const TURNS_MAX = 5_000

/** Lets time pass until the condition holds; throws if it never does. */
export async function until(
  clock: ManualClock,
  condition: () => boolean | Promise<boolean>,
  turnMs = 250,
): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    await setImmediate()
    if (await condition()) return
    clock.advance(turnMs)
  }
  throw new Error(`not so after ${(TURNS_MAX * turnMs) / MINUTE_MS} minutes`)
}
