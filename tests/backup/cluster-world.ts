// A cluster in memory, of which a backup is taken while events come, files are merged, hours
// are recounted and purged. All of it is lost, and restored by a command that is killed again and again; whoever sent
// events sends those again that came after the backup. In the end every event counts once.
import assert from 'node:assert/strict'
import type { Clock } from '../../lib/clock.ts'
import {
  HOUR_MS,
  hourOf,
  MINUTE_MS,
  MINUTES_PER_DAY,
  MINUTES_PER_HOUR,
  minuteOf,
} from '../../model/bucket.ts'
import type { Event } from '../../model/event.ts'
import { HyperLogLog } from '../../model/hyper-log-log.ts'
import { type Aggregate, add, EMPTY } from '../../model/total.ts'
import { RecordBuilder } from '../../schemas/record.ts'
import { recordArchive } from '../../services/reconciler/archiving/raw-events.ts'
import { Acts } from '../../services/reconciler/operators/admin-acts.ts'
import { closedTo, completeFrom } from '../../services/reconciler/recount/due-hours.ts'
import { reconcile } from '../../services/reconciler/recount/reconcile.ts'
import { Random } from '../../simulator/random.ts'
import type { Origin } from '../../stores/archive/archive.ts'
import { hoursOf, parseRawFile, RAW_PREFIX } from '../../stores/archive/duckdb/layout.ts'
import type { Rebuild } from '../../stores/counts/rebuilds.ts'
import { createTopics } from '../../stores/log/kafka/create-topics.ts'
import { type KafkaLog, openKafkaLog } from '../../stores/log/kafka/kafka-log.ts'
import { openNaming } from '../../stores/log/kafka/naming.ts'
import { COUNTED_LANES, EVENT_LANES, type Lane, sourcesOf } from '../../stores/log/log.ts'
import type { ObjectStore } from '../../stores/objects/objects.ts'
import { BATCH_SETTINGS } from '../../testing/batch-world.ts'
import { schemas } from '../../testing/event-fixture.ts'
import { MemoryAlerts } from '../../testing/memory-alerts.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { MemoryJournal } from '../../testing/memory-journal.ts'
import { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { MemoryRollups } from '../../testing/memory-rollups.ts'
import { MemoryTitles } from '../../testing/memory-titles.ts'
import { MemoryUniques } from '../../testing/memory-uniques.ts'
import { MemoryObjects, ObjectArchive } from './object-archive.ts'

export const PREFIX = 'tally'
export const TOPICS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 1e12, retentionBytes: -1 }
const VIDEOS = 3
const PARTITIONS = 2
const { horizonMs } = BATCH_SETTINGS
const LATE_MS_MAX = 5 * HOUR_MS

/** Whoever waits lets the services work. */
export class TurnClock implements Clock {
  turn: () => Promise<void> = async () => {}
  #nowMs: number

  constructor(nowMs: number) {
    this.#nowMs = nowMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal !== undefined) return endOf(signal) // a deadline, which nothing here reaches
    this.#nowMs += Math.max(ms, MINUTE_MS)
    await this.turn()
  }

  pass(ms: number): void {
    this.#nowMs += ms
  }
}

function endOf(signal: AbortSignal): Promise<void> {
  const ended = Promise.withResolvers<void>()
  if (signal.aborted) ended.resolve()
  signal.addEventListener('abort', () => ended.resolve(), { once: true })
  return ended.promise
}

/** What servers hold, and what services do with it. */
export class Life {
  readonly clock: TurnClock
  readonly client: MemoryClient
  readonly counts = new MemoryCounts()
  readonly rollups = new MemoryRollups()
  readonly uniques = new MemoryUniques()
  readonly journal = new MemoryJournal()
  readonly alerts = new MemoryAlerts()
  readonly events: Event[] = []
  readonly objects: ObjectStore
  readonly archive: ObjectArchive
  noted: Rebuild | null = null
  readonly #titles = new Map<string, MemoryTitles>()
  #log: KafkaLog | null = null
  /** By source: the names that it holds, and what is counted of them. */
  readonly #seen = new Map<string, Set<string>>()
  readonly #totals = new Map<string, Aggregate>()

  /** @param directory for files that are opened */
  constructor(clock: TurnClock, directory: string, objects: ObjectStore = new MemoryObjects(directory)) {
    this.clock = clock
    this.client = new MemoryClient(clock)
    this.objects = objects
    this.archive = new ObjectArchive(this.objects)
  }

  async makeLog(): Promise<void> {
    const { client, clock } = this
    const newIncarnation = () => 'aa000000'
    await createTopics({ ...TOPICS, client, clock, prefix: PREFIX, partitions: PARTITIONS, newIncarnation })
    await openNaming({ client, clock, prefix: PREFIX, newKey: () => KEY, newProposalId: () => 'one' })
  }

  async log(): Promise<KafkaLog> {
    const { client, clock } = this
    this.#log ??= await openKafkaLog({ client, clock, prefix: PREFIX })
    return this.#log
  }

  titlesOf(incarnation: string): MemoryTitles {
    return this.#titles.getOrInsertComputed(incarnation, () => new MemoryTitles())
  }

  get rebuilds() {
    return {
      readRebuild: async () => this.noted,
      writeRebuild: async (rebuild: Rebuild) => {
        if (rebuild.version > (this.noted?.version ?? -1)) this.noted = rebuild
      },
    }
  }

  async append(event: Event, random: Random): Promise<void> {
    const nowMs = this.clock.nowMs()
    const lane: Lane = nowMs - event.timeMs > horizonMs && random.chance(0.8) ? 'events-late' : 'events'
    const builder = new RecordBuilder()
    builder.add(event)
    const partition = Number(event.videoId.slice(1)) % PARTITIONS
    await (await this.log()).append(lane, partition, builder.finish())
    this.events.push(event)
  }

  /** All that services do with what is new. */
  async work(): Promise<void> {
    await this.#stream()
    await this.archiveAll()
    await this.recount()
  }

  async #stream(): Promise<void> {
    const log = await this.log()
    for (const source of await sourcesOf(log, COUNTED_LANES)) {
      const from = ((await this.counts.readCheckpoint(source.id))?.offset ?? -1) + 1
      const { records } = await log.read(source, from, { bytesMax: 1e9, waitMs: 0 })
      const reader = recordArchive({ store: async ({ events }) => this.#count(source.id, events) }, schemas)
      if (records.length === 0) continue
      const toOffset = records.at(-1)!.offset + 1
      await reader.store({ sourceId: source.id, origin: 'events', fromOffset: from, toOffset, records })
      const { logTimeMs } = records.at(-1)!
      await this.counts.writeCheckpoint(source.id, { offset: toOffset - 1, logTimeMs, ledger: LEDGER })
    }
  }

  async #count(sourceId: string, events: readonly (Event & { offset: number; logTimeMs: number })[]) {
    const seen = this.#seen.getOrInsertComputed(sourceId, () => new Set())
    for (const { tenant, videoId, type, id, timeMs, offset, logTimeMs } of events) {
      const bucket = { tenant, videoId, type, minute: minuteOf(timeMs) }
      const name = JSON.stringify([bucket, id])
      if (seen.has(name) || timeMs < logTimeMs - horizonMs) continue
      seen.add(name)
      const key = JSON.stringify([sourceId, bucket])
      const total = add(this.#totals.get(key) ?? EMPTY, { ...EMPTY, count: 1 })
      this.#totals.set(key, total)
      await this.counts.write(sourceId, [{ bucket, total: { ...total, upTo: offset } }])
    }
  }

  async archiveAll(): Promise<void> {
    const log = await this.log()
    const records = recordArchive(this.archive, schemas)
    for (const source of await sourcesOf(log, EVENT_LANES)) {
      const held = await this.archive.readCheckpoint(source.id)
      const fromOffset = held?.nextOffset ?? 0
      const { records: read, endOffset } = await log.read(source, fromOffset, { bytesMax: 1e9, waitMs: 0 })
      if (read.length === 0) continue
      const batch = { sourceId: source.id, origin: source.lane as Origin, fromOffset, toOffset: endOffset }
      await this.uniques.merge(await records.store({ ...batch, records: read }))
      const { logTimeMs } = read.at(-1)!
      const reached = { nextOffset: endOffset, logTimeMs, missingBeforeMs: held?.missingBeforeMs ?? 0 }
      await this.archive.writeCheckpoint(source.id, reached)
    }
  }

  async recount(): Promise<void> {
    const { archive, counts, rollups, journal, clock } = this
    const acts = new Acts(journal, clock)
    const ports = {
      ...{ archive, counts, rollups, journal, clock, sharing: null, forget: async () => {} },
      removals: (fromMinute: number) => acts.removals(fromMinute),
    }
    const gaps = (await archive.checkpoints()).values().map(({ missingBeforeMs }) => missingBeforeMs)
    const window = {
      closedTo: closedTo(clock.nowMs(), BATCH_SETTINGS),
      completeFrom: completeFrom(Math.max(0, ...gaps), BATCH_SETTINGS),
      again: null,
    }
    await reconcile(ports, BATCH_SETTINGS, window, new AbortController().signal)
  }

  /** The oldest hour with raw events that nothing can come for any more, as retention does: all is archived. */
  async purge(): Promise<void> {
    await this.archiveAll()
    const [oldest] = await this.archive.holdings()
    if (oldest === undefined || oldest.hour >= this.purgeableTo) return
    const [audit] = await this.rollups.readHours(oldest.hour, oldest.hour + 1)
    if (audit?.mark !== oldest.mark || audit.beforeMinute < oldest.hour + MINUTES_PER_HOUR) return
    await this.rollups.writeHours([{ ...audit, purged: true, version: audit.version + 1 }])
    await this.archive.purge([oldest.hour])
  }

  /** A file of an hour to which nothing comes any more is damaged, or gone with its hour before a gap. */
  async damage(kind: 'flip' | 'gap'): Promise<void> {
    await this.work()
    const to = this.purgeableTo
    const old = (await this.objects.list(RAW_PREFIX)).filter(({ key }) => hourOfKey(key) < to)
    const [first] = old
    if (first === undefined) return
    if (kind === 'flip') {
      const bytes = Buffer.from((await this.objects.read(first.key))!)
      bytes[bytes.length >> 1]! ^= 1
      await this.objects.write(first.key, bytes)
      return
    }
    await this.objects.remove([first.key])
    for (const [id, checkpoint] of await this.archive.checkpoints()) {
      const missingBeforeMs = to * MINUTE_MS - BATCH_SETTINGS.aheadMs
      await this.archive.writeCheckpoint(id, { ...checkpoint, missingBeforeMs })
    }
  }

  get purgeableTo(): number {
    return hourOf(minuteOf(this.clock.nowMs() - LATE_MS_MAX)) - 60
  }

  /** Fails unless every event before a minute counts once. */
  async check(events: readonly Event[], beforeMinute: number): Promise<void> {
    for (let video = 0; video < VIDEOS; video++) {
      const videoId = `v${video}`
      const series = { tenant: '', videoId, type: 'view' }
      const own = events.filter((event) => event.videoId === videoId && minuteOf(event.timeMs) < beforeMinute)
      const range = { from: 0, to: beforeMinute }
      const minutes = await this.counts.read(series, { resolution: 'minute', ...range })
      assert.deepEqual(
        countsBy(minutes.periods),
        distinctBy(own, (minute) => minute),
        `minutes of ${videoId}`,
      )
      for (const [resolution, length] of [
        ['hour', MINUTES_PER_HOUR],
        ['day', MINUTES_PER_DAY],
      ] as const) {
        const to = Math.floor(beforeMinute / length) * length
        const { periods } = await this.rollups.readRollups(series, { resolution, from: 0, to })
        const whole = own.filter((event) => minuteOf(event.timeMs) < to)
        const startOf = (minute: number) => Math.floor(minute / length) * length
        assert.deepEqual(countsBy(periods), distinctBy(whole, startOf), `${resolution}s of ${videoId}`)
      }
      const { sketch } = await this.uniques.read('', videoId, 0, beforeMinute)
      const viewers = HyperLogLog.of(own.map(({ viewerId }) => viewerId!))
      assert.deepEqual(sketch.encode(), viewers.encode(), `viewers of ${videoId}`)
    }
  }
}

function hourOfKey(key: string): number {
  return hoursOf(parseRawFile({ key, bytes: 0, modifiedMs: 0 })!)[0]!
}

const KEY = Uint8Array.from({ length: 16 }, (_, i) => i)
const LEDGER = { records: 0, events: 0, counted: 0, duplicate: 0, late: 0, dead: 0, deadRecords: 0 }

type Counted = { readonly start: number; readonly aggregate: Pick<Aggregate, 'count'> }

function countsBy(periods: readonly Counted[]): Map<number, number> {
  const some = periods.filter(({ aggregate }) => aggregate.count !== 0)
  return new Map(some.map(({ start, aggregate }) => [start, aggregate.count]))
}

/** How many different events there are in each period, in order of time. */
function distinctBy(events: readonly Event[], startOf: (minute: number) => number): Map<number, number> {
  const ids = Map.groupBy(new Set(events), ({ timeMs }) => startOf(minuteOf(timeMs)))
  return new Map(Array.from(ids, ([start, some]) => [start, some.length] as const).sort(([a], [b]) => a - b))
}

/** A new event of the last hours, of one of few viewers. */
export function newEvent(random: Random, nowMs: number, n: number): Event {
  const ageMs = random.chance(0.3) ? random.int(0, LATE_MS_MAX) : random.int(0, horizonMs / 2)
  return {
    ...{ tenant: '', type: 'view', channelId: null, attributes: null, source: null, valueThousandths: null },
    videoId: `v${random.int(0, VIDEOS - 1)}`,
    id: `e${n}`,
    timeMs: nowMs - ageMs,
    viewerId: `u${random.int(0, 20)}`,
  }
}

/** A cluster that has taken so many events, one in a quarter of an hour, and works at each turn of its clock. */
export async function begun(fromMs: number, directory: string, events: number, objects?: ObjectStore) {
  const clock = new TurnClock(fromMs)
  const life = new Life(clock, directory, objects)
  clock.turn = () => life.work()
  await life.makeLog()
  const random = new Random(1)
  for (let i = 0; i < events; i++) {
    clock.pass(HOUR_MS / 4)
    await life.append(newEvent(random, clock.nowMs(), i), random)
  }
  return { life, random }
}
