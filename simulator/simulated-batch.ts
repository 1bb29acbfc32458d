// The batch layer of a simulated world: the production reconciler, on an archive and rollups that outlive it.

import { hourOf, type Series } from '../model/bucket.ts'
import { compareSeries } from '../model/series-order.ts'
import { ALL_SERIES, isInRange } from '../model/series-range.ts'
import { seriesText } from '../model/series-text.ts'
import type { Total } from '../model/total.ts'
import { recordArchive } from '../services/reconciler/archiving/raw-events.ts'
import type { ReconcilerPorts } from '../services/reconciler/reconciler.ts'
import { Reconciler } from '../services/reconciler/reconciler.ts'
import { BATCH_SOURCE, type Checkpoint, type CountRow } from '../stores/counts/counts.ts'
import { HeldMinutes } from '../stores/counts/held-minutes.ts'
import type { HourAudit, Reconciled } from '../stores/counts/rollups.ts'
import { Progress } from '../stores/log/progress.ts'
import { MemoryArchive } from '../testing/memory-archive.ts'
import { MemoryRollups } from '../testing/memory-rollups.ts'
import { allIsCountedTo } from './check-batch.ts'
import { type Node, type Weather, weatheredCall } from './node.ts'
import type { Random } from './random.ts'
import { checkpointKey, countsOn, parseRowKey, rowKey } from './simulated-store.ts'
import type { World } from './world.ts'

type Claims = {
  readonly onRecounted: (audits: readonly HourAudit[]) => void
  readonly onReconciled: (reconciled: Reconciled) => Promise<void>
}

/** Rollups that report every claim about them at the moment when it is made. */
class WitnessedRollups extends MemoryRollups {
  readonly #claims: Claims

  constructor(claims: Claims) {
    super()
    this.#claims = claims
  }

  override async writeHours(audits: readonly HourAudit[]): Promise<void> {
    await super.writeHours(audits)
    this.#claims.onRecounted(audits)
  }

  override async writeReconciled(reconciled: Reconciled): Promise<void> {
    await super.writeReconciled(reconciled)
    await this.#claims.onReconciled(reconciled)
  }
}

/** The state that all processes of the batch layer share. */
export class BatchStores {
  readonly archive: MemoryArchive
  readonly rollups: MemoryRollups
  /** Every correction that was ever asked for. */
  readonly corrections: CountRow[] = []

  constructor(nowMs: () => number, claims: Claims) {
    this.archive = new MemoryArchive(nowMs)
    this.rollups = new WitnessedRollups(claims)
  }
}

/** By which a reconciler that starts now closes minutes. */
function horizonAt({ settings, scheduler }: World): number {
  const { horizonMs, earlierHorizons = [] } = settings.driver
  const earlier = earlierHorizons.find(({ untilMs }) => scheduler.nowMs < untilMs)
  return earlier?.horizonMs ?? horizonMs
}

export class SimulatedReconciler {
  readonly node: Node
  readonly #world: World
  readonly #reconciler: Reconciler
  readonly #counted: Progress

  constructor(world: World, stores: BatchStores, node: Node) {
    this.node = node
    this.#world = world
    const { settings, random, weather } = world
    const log = world.log.on(node)
    const checkpoints = () => streamCheckpoints(world, node)
    this.#counted = new Progress({ log, checkpoints, clock: node.clock, onError: () => {} })
    const archive = weathered(node, random, weather, stores.archive)
    const ports: ReconcilerPorts = {
      log,
      archive,
      records: recordArchive(archive, world.schemas, 'dead-letter'),
      rollups: weathered(node, random, weather, stores.rollups),
      counts: countsOfBatch(world, node, stores),
      uniques: { merge: async () => {} },
      journal: { latest: async () => [] },
      clock: node.clock,
      random: random.next,
      forget: async () => {},
      removals: async () => () => Number.NEGATIVE_INFINITY,
      sharing: world.sharedBatch?.on(node) ?? null,
      countedAsOfMs: async () => {
        await this.#counted.look()
        allIsCountedTo(world, this.#counted.asOfMs)
        return this.#counted.asOfMs
      },
      beforeRun: async () => {},
      afterRun: async ({ audits }) => world.trace(`${node.name} recounted ${audits.length} hours`),
      onRetry: (what, attempt) => world.trace(`${node.name} retries to ${what} (${attempt})`),
      onHalt: (_, error) => world.fail(error),
      onMissing: () => world.fail(new Error('the log lost records that it never loses')),
    }
    this.#reconciler = new Reconciler(ports, {
      ...settings.driver,
      horizonMs: horizonAt(world),
      ...settings.batch!,
    })
    this.#reconciler.lead(world.sharedBatch?.leads(node) ?? true)
    this.#ownAll().catch(world.fail)
  }

  /** Whether everything in the log is archived. */
  isUpToDate(): boolean {
    const { archivers } = this.#reconciler
    return (
      archivers.length > 0 &&
      archivers.every(({ source, checkpoint }) => {
        return checkpoint !== null && checkpoint.nextOffset === this.#world.log.records(source).length
      })
    )
  }

  runOnce() {
    return this.#reconciler.runOnce()
  }

  stop(): Promise<void> {
    return this.#reconciler.stop()
  }

  /** Repeatedly: layouts add partitions, and the late lane begins with the first late event. */
  async #ownAll(): Promise<void> {
    const { log } = this.#world
    while (!this.node.crashed) {
      this.#reconciler.own([...log.countedSources(), ...log.sources('events-late')])
      this.#reconciler.lead(this.#world.sharedBatch?.leads(this.node) ?? true)
      await this.node.clock.sleep(1_000)
    }
  }
}

/** A store whose calls have the current delay and may fail before or after they are served. */
function weathered<T extends object>(node: Node, random: Random, weather: Weather, store: T): T {
  return new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...args: unknown[]) =>
        weatheredCall(node, random, weather, () => Reflect.apply(method, target, args))
    },
  })
}

async function streamCheckpoints(world: World, node: Node): Promise<Map<string, Checkpoint>> {
  const ids = world.log.countedSources().map(({ id }) => id)
  const cells = await world.replicas.read(node, ids.map(checkpointKey))
  const found = new Map<string, Checkpoint>()
  for (const [i, cell] of cells.entries()) {
    if (cell !== undefined) found.set(ids[i]!, cell.value as Checkpoint)
  }
  return found
}

function countsOfBatch(world: World, node: Node, stores: BatchStores): ReconcilerPorts['counts'] {
  const { random, settings, replicas } = world
  const witness = {
    onRows: (_: string, rows: readonly CountRow[]) => stores.corrections.push(...rows),
    onCheckpoint: () => {},
  }
  const isTorn = () => !world.healed && random.chance(settings.batch!.tornCorrections)
  const { write } = countsOn(node, replicas, witness, isTorn)
  const heldMinutes = async (series: Series, from: number, to: number) => {
    const sources = [...world.log.countedSources().map(({ id }) => id), BATCH_SOURCE]
    const minutes = Array.from({ length: to - from }, (_, i) => from + i)
    const keys = minutes.flatMap((minute) => sources.map((id) => rowKey(id, { ...series, minute })))
    const cells = await replicas.read(node, keys)
    const held = new HeldMinutes()
    for (const [i, cell] of cells.entries()) {
      const minute = minutes[Math.floor(i / sources.length)]!
      if (cell !== undefined) held.add(minute, sources[i % sources.length]!, cell.value as Total)
    }
    return held.list()
  }
  return { write, heldMinutes, ...writtenIn(world) }
}

/** What is written on any replica, read without delays or failures. */
function writtenIn({ replicas }: World): Pick<ReconcilerPorts['counts'], 'writtenHours' | 'writtenSeries'> {
  const rows = () =>
    Array.from(replicas.keys())
      .map(parseRowKey)
      .filter((bucket) => bucket !== null)
  return {
    writtenHours: async (from, to) => {
      const hours = new Set(rows().map(({ minute }) => hourOf(minute)))
      return Array.from(hours)
        .filter((hour) => hour >= from && hour < to)
        .sort((a, b) => a - b)
    },
    async *writtenSeries(hour, range = ALL_SERIES) {
      const inHour = rows().filter(({ minute }) => hourOf(minute) === hour)
      const series = new Map(inHour.map(({ minute: _, ...one }) => [seriesText(one), one]))
      const asked = Array.from(series.values()).filter((one) => isInRange(range, one))
      yield asked.sort(compareSeries)
    },
  }
}
