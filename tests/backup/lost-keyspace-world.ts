// A deployment in memory whose counts are lost: a log of which the oldest records are gone, an archive of all raw
// events, and nothing else. The rebuild runs, is killed at random calls and run again, while drivers count the log
// and the batch layer recounts as far as they have come. In the end every minute, hour and viewer must be there.
import assert from 'node:assert/strict'
import { HOUR_MS, hourOf, MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import type { Event } from '../../model/event.ts'
import { HyperLogLog } from '../../model/hyper-log-log.ts'
import { RecordBuilder } from '../../schemas/record.ts'
import { SourceDriver } from '../../services/processing/driver.ts'
import { lanesOn } from '../../services/processing/lanes.ts'
import { recordArchive } from '../../services/reconciler/archiving/raw-events.ts'
import { Acts } from '../../services/reconciler/operators/admin-acts.ts'
import { closedTo } from '../../services/reconciler/recount/due-hours.ts'
import { reconcile } from '../../services/reconciler/recount/reconcile.ts'
import { Random } from '../../simulator/random.ts'
import type { Origin } from '../../stores/archive/archive.ts'
import type { Rebuild, Rebuilds } from '../../stores/counts/rebuilds.ts'
import { COUNTED_LANES, EVENT_LANES, type Lane, type Log, sourcesOf } from '../../stores/log/log.ts'
import { lookAt } from '../../stores/log/progress.ts'
import { BATCH_SETTINGS, until } from '../../testing/batch-world.ts'
import { NAME_KEY, schemas } from '../../testing/event-fixture.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryArchive } from '../../testing/memory-archive.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { MemoryJournal } from '../../testing/memory-journal.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { MemoryRollups } from '../../testing/memory-rollups.ts'
import { MemoryUniques } from '../../testing/memory-uniques.ts'
import { DRIVER_SETTINGS } from '../../testing/memory-world.ts'
import type { Cluster, NewCounts } from '../../tools/rebuild/cluster/cluster.ts'
import { runCluster } from '../../tools/rebuild/cluster/run-cluster.ts'

const PARTITIONS = 2
const VIDEOS = 4
const RECORDS = 60
const PASS_MS_MAX = 4 * MINUTE_MS
const LATE_MS_MAX = 5 * HOUR_MS
const { horizonMs } = BATCH_SETTINGS
const TURN_MS = 2_000
const KILLS_MAX = 4
const CALLS_MAX = 40
/** Until every minute is closed. */
const SETTLE_MS = horizonMs + BATCH_SETTINGS.slackMs + 2 * MINUTE_MS
const BEGIN = Date.UTC(2026, 10, 21, 3, 20)

export type Mutant = (opened: NewCounts, log: Log) => NewCounts

class Killed extends Error {}

/** Fails if anything is missing or counted twice in the end. */
export async function runLostKeyspace(seed: number, mutant: Mutant = (opened) => opened): Promise<void> {
  const world = new LostWorld(new Random(seed), mutant)
  await world.load()
  await world.rebuild()
  await world.check()
}

class LostWorld {
  readonly #random: Random
  readonly #mutant: Mutant
  readonly #clock = new ManualClock(BEGIN)
  readonly #log = new MemoryLog({ clock: this.#clock, partitions: PARTITIONS })
  readonly #archive = new MemoryArchive(() => this.#clock.nowMs())
  readonly #events: Event[] = []
  readonly #counts = new MemoryCounts()
  readonly #rollups = new MemoryRollups()
  readonly #uniques = new MemoryUniques()
  #noted: Rebuild | null = null
  /** Calls until the command is killed. */
  #fuse = Number.POSITIVE_INFINITY
  #serving: Promise<void> | null = null
  #failure: unknown = null

  constructor(random: Random, mutant: Mutant) {
    this.#random = random
    this.#mutant = mutant
  }

  async load(): Promise<void> {
    const random = this.#random
    for (let i = 0; i < RECORDS; i++) {
      this.#clock.advance(random.int(0, PASS_MS_MAX))
      for (let count = random.int(1, 3); count > 0; count--) await this.#append()
    }
    await this.#archiveAll()
    const youngest = hourOf(minuteOf(this.#clock.nowMs())) * MINUTE_MS - 2 * horizonMs
    for (const source of await sourcesOf(this.#log, EVENT_LANES)) {
      const gone = await this.#log.offsetForTime(source, youngest)
      if (random.chance(0.8)) this.#log.trim(source, random.int(0, gone))
    }
    for (let count = random.int(0, 5); count > 0; count--) await this.#append() // while nothing counts
  }

  async rebuild(): Promise<void> {
    for (let kills = this.#random.int(0, KILLS_MAX); kills >= 0; kills--) {
      this.#fuse = kills === 0 ? Number.POSITIVE_INFINITY : this.#random.int(1, CALLS_MAX)
      const said = { print: (line: string) => this.#read(line), screen: { write() {} } }
      const ends: unknown[] = []
      runCluster(this.#cluster, COMMAND, this.#clock, said).then(
        (isExact) => ends.push(isExact ? null : new Error('it is not exact')),
        (error) => ends.push(error),
      )
      await until(this.#clock, () => ends.length > 0 || this.#failure !== null, TURN_MS)
      if (this.#failure !== null) throw this.#failure
      const [error] = ends
      if (error !== null && !(error instanceof Killed)) throw error
    }
    let isOver = false
    const settling = this.#settle().finally(() => {
      isOver = true
    })
    await until(this.#clock, () => isOver, TURN_MS)
    await settling
  }

  async check(): Promise<void> {
    assert.equal(this.#noted?.isDone, true)
    const to = minuteOf(this.#clock.nowMs()) + 1
    const closed = closedTo(this.#clock.nowMs(), BATCH_SETTINGS)
    for (let video = 0; video < VIDEOS; video++) {
      const videoId = `v${video}`
      const series = { tenant: '', videoId, type: 'view' }
      const own = this.#events.filter((event) => event.videoId === videoId)
      const minutes = await this.#counts.read(series, { resolution: 'minute', from: 0, to })
      const found = minutes.periods.filter(({ aggregate }) => aggregate.count !== 0)
      assert.deepEqual(
        countsBy(found),
        distinctBy(own, (minute) => minute),
        `minutes of ${videoId}`,
      )
      const hours = await this.#rollups.readRollups(series, { resolution: 'hour', from: 0, to })
      const whole = own.filter((event) => hourOf(minuteOf(event.timeMs)) + 60 <= closed)
      assert.deepEqual(countsBy(hours.periods), distinctBy(whole, hourOf), `hours of ${videoId}`)
      const from = hourOf(minuteOf(BEGIN - LATE_MS_MAX))
      const { sketch } = await this.#uniques.read('', videoId, from, hourOf(to) + 60)
      const viewers = HyperLogLog.of(own.map(({ viewerId }) => viewerId!))
      assert.deepEqual(sketch.encode(), viewers.encode(), `viewers of ${videoId}`)
    }
  }

  /** An event, now and then one that was there before. */
  async #append(): Promise<void> {
    const random = this.#random
    const event = this.#events.length > 0 && random.chance(0.2) ? random.pick(this.#events) : this.#newEvent()
    this.#events.push(event)
    const nowMs = this.#clock.nowMs()
    const lane: Lane = nowMs - event.timeMs > horizonMs && random.chance(0.8) ? 'events-late' : 'events'
    const builder = new RecordBuilder()
    builder.add(event)
    await this.#log.append(lane, Number(event.videoId.slice(1)) % PARTITIONS, builder.finish())
  }

  #newEvent(): Event {
    const random = this.#random
    const ageMs = random.chance(0.2) ? random.int(0, LATE_MS_MAX) : random.int(0, horizonMs / 2)
    return {
      ...{
        tenant: '',
        type: 'view',
        channelId: null,
        attributes: null,
        source: null,
        valueThousandths: null,
      },
      videoId: `v${random.int(0, VIDEOS - 1)}`,
      id: `e${this.#events.length}`,
      timeMs: this.#clock.nowMs() - ageMs,
      viewerId: `u${random.int(0, 20)}`,
    }
  }

  /** With the viewers, as archivers do; those of before the loss are lost. */
  async #archiveAll(): Promise<void> {
    const records = recordArchive(this.#archive, schemas)
    for (const source of await sourcesOf(this.#log, EVENT_LANES)) {
      const held = await this.#archive.readCheckpoint(source.id)
      const fromOffset = held?.nextOffset ?? 0
      const { records: read, endOffset } = await this.#log.read(source, fromOffset, {
        bytesMax: 1e9,
        waitMs: 0,
      })
      let logTimeMs = held?.logTimeMs ?? 0
      const rising = read.map((record) => {
        logTimeMs = Math.max(logTimeMs, record.logTimeMs)
        return { ...record, logTimeMs }
      })
      const origin = source.lane as Origin
      const batch = { sourceId: source.id, origin, fromOffset, toOffset: endOffset, records: rising }
      const sketches = await records.store(batch)
      if (this.#serving !== null) await this.#uniques.merge(sketches)
      const reached = { nextOffset: endOffset, logTimeMs, missingBeforeMs: 0 }
      await this.#archive.writeCheckpoint(source.id, reached)
    }
  }

  #read(line: string): void {
    if (!line.startsWith('Start processing') || this.#serving !== null) return
    this.#serving = this.#serve().catch((error) => {
      this.#failure = error
    })
  }

  async #serve(): Promise<void> {
    const log = slowLog(this.#log, this.#clock)
    const counts = this.#counts
    const ports = {
      ...{ log, counts, lanes: lanesOn(this.#log), hints: null, snapshots: null, schemas, nameKey: NAME_KEY },
      ...{ clock: this.#clock, random: () => 0.5, onRetry() {} },
    }
    const settings = { ...DRIVER_SETTINGS, horizonMs, aheadMs: BATCH_SETTINGS.aheadMs, readBytesMax: 1 }
    const sources = await sourcesOf(this.#log, COUNTED_LANES)
    const drivers = sources.map((source) => new SourceDriver(source, ports, settings))
    let failure: unknown = null
    const runs = drivers.map((driver) =>
      driver.run().catch((error) => {
        failure ??= error
      }),
    )
    while ((await this.#left()) > 0) {
      if (failure !== null) throw failure
      await this.#archiveAll()
      await this.#recount()
      await this.#clock.sleep(TURN_MS)
    }
    for (const driver of drivers) driver.stop()
    await Promise.all(runs)
    await this.#archiveAll()
  }

  /** The rest of what the services do, when everything is closed. */
  async #settle(): Promise<void> {
    await this.#serving
    if (this.#failure !== null) throw this.#failure
    await this.#clock.sleep(SETTLE_MS)
    await this.#archiveAll()
    await this.#recount()
  }

  async #left(): Promise<number> {
    const checkpoints = await this.#counts.checkpoints()
    let left = 0
    for (const lane of COUNTED_LANES) {
      for (const { source, endOffset } of await this.#log.ends(lane)) {
        left += endOffset - ((checkpoints.get(source.id)?.offset ?? -1) + 1)
      }
    }
    return left
  }

  /** As far as the counts and the archive have come. */
  async #recount(): Promise<void> {
    const clock = this.#clock
    const { asOfMs } = await lookAt({ log: this.#log, checkpoints: () => this.#counts.checkpoints() })
    const journal = new MemoryJournal()
    const acts = new Acts(journal, clock)
    const ports = {
      ...{
        archive: this.#archive,
        counts: this.#counts,
        rollups: this.#rollups,
        sharing: null,
        clock,
        journal,
      },
      forget: async () => {},
      removals: (fromMinute: number) => acts.removals(fromMinute),
    }
    const to = closedTo(Math.min(asOfMs, clock.nowMs() - 1), BATCH_SETTINGS)
    const window = { closedTo: to, completeFrom: 0, again: null }
    await reconcile(ports, BATCH_SETTINGS, window, new AbortController().signal)
  }

  get #cluster(): Cluster {
    return {
      ...{ log: this.#log, keyspace: 'tally', archivePlace: 'memory', groups: ['counting', 'archiving'] },
      archive: this.#mortal(this.#archive),
      members: async () => (this.#serving === null ? 0 : 1),
      hasTitles: async () => true,
      applyTitles: async () => {},
      keyspaceState: async () => this.#noted ?? 'lost',
      openCounts: async () => this.#mutant(this.#opened, this.#log),
    }
  }

  get #opened(): NewCounts {
    return {
      counts: this.#mortal(this.#counts),
      rollups: this.#mortal(this.#rollups),
      uniques: this.#mortal(this.#uniques),
      rebuilds: this.#mortal(this.#rebuilds),
      async [Symbol.asyncDispose]() {},
    }
  }

  get #rebuilds(): Rebuilds {
    return {
      readRebuild: async () => this.#noted,
      writeRebuild: async (rebuild) => {
        if (rebuild.version > (this.#noted?.version ?? -1)) this.#noted = rebuild
      },
    }
  }

  /** The same object for the command, which may be killed before or after any call. */
  #mortal<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          this.#fuse--
          if (this.#fuse === 0) throw new Killed()
          return value.apply(target, args)
        }
      },
    })
  }
}

const COMMAND = { settings: BATCH_SETTINGS, isAgreed: true, accepts: false }

/** So that the batch layer looks at what is counted in part. */
function slowLog(log: MemoryLog, clock: ManualClock): Log {
  return {
    append: (lane, partition, bytes) => log.append(lane, partition, bytes),
    sources: (lane) => log.sources(lane),
    bounds: (source) => log.bounds(source),
    ends: (lane) => log.ends(lane),
    offsetForTime: (source, timeMs) => log.offsetForTime(source, timeMs),
    async read(source, fromOffset, limit) {
      await clock.sleep(TURN_MS)
      return log.read(source, fromOffset, { ...limit, waitMs: 0 })
    },
  }
}

type Counted = { readonly start: number; readonly aggregate: { readonly count: number } }

function countsBy(periods: readonly Counted[]): Map<number, number> {
  return new Map(periods.map(({ start, aggregate }) => [start, aggregate.count]))
}

/** How many different events there are in each period, in order of time. */
function distinctBy(events: readonly Event[], startOf: (minute: number) => number): Map<number, number> {
  const ids = Map.groupBy(new Set(events), ({ timeMs }) => startOf(minuteOf(timeMs)))
  return new Map(Array.from(ids, ([start, some]) => [start, some.length] as const).sort(([a], [b]) => a - b))
}
