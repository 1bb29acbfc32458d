// One source with everything that a driver needs, in memory and on a manual clock.
import { setImmediate } from 'node:timers/promises'
import { type Bucket, MINUTE_MS } from '../model/bucket.ts'
import type { Aggregate } from '../model/total.ts'
import { type DriverPorts, type DriverSettings, SourceDriver } from '../services/processing/driver.ts'
import { lanesOn } from '../services/processing/lanes.ts'
import type { CountRow, RefusedRow } from '../stores/counts/counts.ts'
import type { HintBlock, HintStore } from '../stores/hints/hints.ts'
import type { LogRecord, Source } from '../stores/log/log.ts'
import type { SnapshotStore } from '../stores/snapshots/snapshots.ts'
import { bytesOf, NAME_KEY, SETTINGS, schemas, timeOf } from './event-fixture.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryCounts } from './memory-counts.ts'
import { MemoryLog } from './memory-log.ts'

const TURN_MS = 250
const TURNS_MAX = 2_000

export const DRIVER_SETTINGS: DriverSettings = {
  ...SETTINGS,
  flushIntervalMs: 1_000,
  readBytesMax: 1 << 20,
  idleWaitMs: 1_000,
  retry: { baseMs: 100, capMs: 1_000 },
  unknownSchemas: 'wait',
  snapshotIntervalMs: 60_000,
  snapshotBytesMax: 1 << 30,
  snapshotPieceBytes: 1 << 20,
}

/** Counts that can be away, and that record every write that arrives. */
class WatchedCounts extends MemoryCounts {
  away = false
  refused = 0
  /** Which rows of each write are refused for good. */
  refuses: (rows: readonly CountRow[]) => readonly RefusedRow[] = () => []
  readonly writes: (readonly CountRow[])[] = []
  hydrated = 0

  override async write(sourceId: string, rows: readonly CountRow[]): Promise<readonly RefusedRow[]> {
    this.#refuseIfAway()
    this.writes.push(rows)
    const refused = this.refuses(rows)
    const taken = rows.filter((row) => !refused.some((one) => one.row === row))
    return [...refused, ...(await super.write(sourceId, taken))]
  }

  override async hydrate(sourceId: string, buckets: readonly Bucket[]) {
    this.#refuseIfAway()
    this.hydrated += buckets.length
    return super.hydrate(sourceId, buckets)
  }

  #refuseIfAway(): void {
    if (!this.away) return
    this.refused++
    throw new Error('the store is away')
  }
}

class MemoryHints implements HintStore {
  blocks: HintBlock[] = []

  async put(_: string, block: HintBlock): Promise<void> {
    this.blocks.push(block)
  }

  async read(_: string, from: number, to: number): Promise<readonly HintBlock[]> {
    return this.blocks.filter((block) => block.to > from && block.from < to)
  }
}

class MemorySnapshots implements SnapshotStore {
  bytes: Uint8Array | null = null

  async read(): Promise<Uint8Array | null> {
    return this.bytes === null ? null : Uint8Array.from(this.bytes)
  }

  async write(_: string, bytes: Uint8Array): Promise<void> {
    this.bytes = Uint8Array.from(bytes)
  }
}

export class MemoryWorld {
  readonly clock = new ManualClock(timeOf('12:00:00'))
  readonly log = new MemoryLog({ clock: this.clock, partitions: 1 })
  readonly counts = new WatchedCounts()
  readonly hints = new MemoryHints()
  readonly snapshots = new MemorySnapshots()
  readonly retries: string[] = []

  async source(): Promise<Source> {
    return (await this.log.sources('events'))[0]!
  }

  /** Appends one record of these events. */
  async send(...events: readonly string[]): Promise<void> {
    await this.log.append('events', 0, bytesOf(events))
  }

  async driver(settings: Partial<DriverSettings> = {}, ports: Partial<DriverPorts> = {}) {
    const given: DriverPorts = {
      log: this.log,
      counts: this.counts,
      lanes: lanesOn(this.log),
      hints: null,
      snapshots: null,
      schemas,
      nameKey: NAME_KEY,
      clock: this.clock,
      random: () => 0.5,
      onRetry: (what) => this.retries.push(what),
      ...ports,
    }
    return new SourceDriver(await this.source(), given, { ...DRIVER_SETTINGS, ...settings })
  }

  /** Lets time pass until the condition holds; throws if it never does. */
  async until(condition: () => boolean): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      await setImmediate()
      if (condition()) return
      this.clock.advance(TURN_MS)
    }
    throw new Error(`not so after ${(TURNS_MAX * TURN_MS) / MINUTE_MS} minutes`)
  }

  /** Lets time pass while `work` runs. */
  async whileRunning(work: Promise<void>): Promise<void> {
    let ended = false
    const end = () => {
      ended = true
    }
    work.then(end, end)
    await this.until(() => ended)
    await work
  }

  /** All of a video's views so far. */
  async views(videoId: string): Promise<Aggregate | undefined> {
    const series = { tenant: '', videoId, type: 'view' }
    const { periods } = await this.counts.read(series, { resolution: 'day', from: 0, to: Infinity })
    return periods[0]?.aggregate
  }

  async lane(lane: 'events-late' | 'events-dead'): Promise<readonly LogRecord[]> {
    const [source] = await this.log.sources(lane)
    return (await this.log.read(source!, 0, { bytesMax: 1e9, waitMs: 0 })).records
  }
}
