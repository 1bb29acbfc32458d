// Everything in one simulated world. A seed decides all of it: settings, traffic, faults. It runs the production
// partitioner, core and driver.

import { MINUTE_MS, minuteOf } from '../model/bucket.ts'
import type { Layout } from '../model/layout.ts'
import type { SchemaSet } from '../schemas/schema-set.ts'
import type { CountWriter } from '../stores/counts/counts.ts'
import { COUNTED_LANES, type Lane, type Log } from '../stores/log/log.ts'
import { correctionsAreDurable, reconciledHoursAreWhole } from './check-batch.ts'
import { Node, type Weather } from './node.ts'
import { namingOn, OWNERS_MAX, Owner } from './owners.ts'
import { Random } from './random.ts'
import { Replicas } from './replicas.ts'
import { Scheduler } from './scheduler.ts'
import { Outbox, SimulatedPartitioner } from './senders.ts'
import { OLD_DOORS_MS, settingsOf, type WorldSettings, withHorizonFrom } from './settings.ts'
import { SharedBatch } from './shared-batch.ts'
import { CopyWatch, SharedDoor } from './shared-layouts.ts'
import { BatchStores, SimulatedReconciler } from './simulated-batch.ts'
import { SimulatedLog } from './simulated-log.ts'
import { SimulatedMeta } from './simulated-meta.ts'
import { SimulatedSpool } from './simulated-spool.ts'
import { SimulatedDisk, SimulatedHints, SimulatedObjects } from './simulated-store.ts'
import { leaveStrays, type Strays } from './strays.ts'
import { Violation, Witness } from './witness.ts'

const FAIR_WEATHER: Weather = { latencyMs: 5, longestMs: 50, failures: 0 }
const ANSWER_MS = 600_000
const START_MS = Date.UTC(2026, 10, 21)

export class World {
  readonly settings: WorldSettings
  readonly random: Random
  readonly scheduler: Scheduler
  readonly weather: Weather
  readonly schemas: SchemaSet
  readonly log: SimulatedLog
  readonly replicas: Replicas
  readonly hints: SimulatedHints
  readonly meta: SimulatedMeta
  readonly witness: Witness
  readonly strays: Strays
  readonly outbox = new Outbox()
  readonly layouts: Layout[]
  readonly owners: Owner[] = []
  readonly gathering = new Map<Node, CountWriter>()
  readonly partitioners: SimulatedPartitioner[] = []
  readonly batchStores: BatchStores
  /** The newest is the active one, unless they share the recounts. */
  readonly reconcilers: SimulatedReconciler[] = []
  readonly sharedBatch: SharedBatch | null
  readonly #disks: readonly SimulatedDisk[]
  readonly #lanes: readonly Lane[]
  readonly #spools = new Map<Node, SimulatedSpool>()
  readonly #trace: (line: string) => void
  faults = 0
  violation: unknown = null
  #processes = 0
  #isUpgrading: boolean
  #healed = false

  constructor(seed: number, schemas: SchemaSet, trace: (line: string) => void) {
    this.random = new Random(seed)
    const settings = settingsOf(seed, this.random)
    this.scheduler = new Scheduler(this.random, START_MS + startMinute(this.random.int(0, 60)) * MINUTE_MS)
    this.settings = withHorizonFrom(this.scheduler.nowMs, settings)
    const { latencyMs, longestMs, failures, readRepair, asked, skewMs, driver, nodes } = this.settings
    this.schemas = schemas
    this.#trace = trace
    this.weather = { latencyMs, longestMs, failures }
    this.replicas = new Replicas(this.scheduler, this.random, this.weather, readRepair, asked)
    this.hints = new SimulatedHints(this.random, this.weather)
    this.meta = new SimulatedMeta(this.scheduler, this.random, this.weather, this.settings)
    this.witness = new Witness(schemas, this.replicas, driver, this.fail)
    const objects = new SimulatedObjects(this.random, this.weather, (message) =>
      this.fail(new Violation(message)),
    )
    const copies = new CopyWatch(schemas, driver.horizonMs, this.fail)
    this.log = new SimulatedLog(
      this.scheduler,
      this.random,
      this.weather,
      skewMs,
      objects,
      (source, record) => {
        this.witness.onAppend(source, record)
        if (this.settings.shared !== null) copies.onAppend(source, record)
      },
    )
    this.batchStores = new BatchStores(() => this.scheduler.nowMs, {
      onRecounted: (audits) => correctionsAreDurable(this, audits),
      onReconciled: (reconciled) => reconciledHoursAreWhole(this, reconciled),
    })
    this.#disks = Array.from({ length: nodes }, () => new SimulatedDisk(this.random, this.weather))
    this.layouts = [firstLayout(this.settings.partitions)]
    if (this.settings.shared !== null) {
      const { leadMs } = this.settings.shared
      this.meta.agreeOn({ leadMs, atOnce: true }, this.layouts[0]!)
    }
    this.#lanes = this.settings.overload > 0 ? COUNTED_LANES : ['events']
    this.log.ensurePartitions(this.settings.partitions, this.#lanes)
    this.#isUpgrading = this.settings.upgrade
    if (this.#isUpgrading) this.scheduler.after(OLD_DOORS_MS, this.#endUpgrade)
    const { horizonChange } = this.settings
    if (horizonChange !== null) this.scheduler.after(horizonChange.afterMs, this.#renewReconcilers)
    this.sharedBatch = (this.settings.batch?.helpers ?? 0) > 0 ? new SharedBatch(this) : null
    this.strays = this.settings.batch?.strays ? leaveStrays(this) : new Map()
  }

  fail = (violation: unknown): void => {
    this.violation ??= violation
  }

  trace = (line: string): void => {
    const seconds = ((this.scheduler.nowMs - START_MS) / 1000).toFixed(3).padStart(9)
    this.#trace(`${seconds}  ${line}`)
  }

  newNode(name: string): Node {
    const { skewMs } = this.settings
    return new Node(`${name}${++this.#processes}`, this.scheduler, this.random.int(-skewMs, skewMs))
  }

  /** On a disk that no other partitioner uses: its own, or that of one that has crashed. */
  startPartitioner(): void {
    const node = this.newNode('partitioner')
    const log = this.log.on(node)
    const door = this.#openDoor(node, log)
    const layouts = door?.layouts ?? { current: () => this.layouts, unknownFromMinute: () => Infinity }
    const isOld = this.#isUpgrading && this.random.chance(0.7)
    const naming = isOld ? null : namingOn(node, this)
    naming?.catch(this.fail)
    this.partitioners.push(
      new SimulatedPartitioner(node, log, layouts, this.settings, this.random, naming, door),
    )
  }

  #openDoor(node: Node, log: Log): SharedDoor | null {
    const { shared } = this.settings
    if (shared === null) return null
    const inUse = new Set(
      this.partitioners.map((one) => (one.node.crashed ? null : this.#spools.get(one.node))),
    )
    const spools = Array.from(new Set(this.#spools.values()))
    const spool = spools.find((one) => !inUse.has(one)) ?? new SimulatedSpool(this.random, this.weather)
    this.#spools.set(node, spool)
    return new SharedDoor(node, this, shared, spool, log)
  }

  /** What becomes of a promise, for which the world goes on. */
  async answerOf<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    promise.then(settle, settle)
    await this.scheduler.runUntil(() => isSettled, this.scheduler.nowMs + ANSWER_MS)
    if (!isSettled) throw new Violation('no answer')
    return promise
  }

  /** The last partitioners of the version before give way to new ones. */
  #endUpgrade = (): void => {
    this.#isUpgrading = false
    for (const { isOld, node } of [...this.partitioners]) {
      if (!isOld || node.crashed) continue
      node.crash()
      this.startPartitioner()
    }
    this.trace('the upgrade is over')
  }

  /** They close minutes by the longer horizon from now on. */
  #renewReconcilers = (): void => {
    this.trace('the horizon is longer from now on')
    for (const { node } of this.reconcilers.filter(({ node }) => !node.crashed)) {
      node.crash()
      this.startReconciler()
    }
  }

  startReconciler(): void {
    const node = this.newNode('reconciler')
    this.reconcilers.push(new SimulatedReconciler(this, this.batchStores, node))
  }

  /** All that this world has at once. */
  startReconcilers(): void {
    for (let i = 0; i <= (this.settings.batch?.helpers ?? 0); i++) this.startReconciler()
  }

  /** Starts one more owner for each source that has fewer than `least`, or one for all those. */
  startOwners(least: number): void {
    let node: Node | null = null
    for (const source of this.log.countedSources()) {
      const alive = this.ownersOf(source.id).length
      if (alive >= Math.min(least, OWNERS_MAX)) continue
      if (node === null || this.settings.together === null) node = this.newNode('owner')
      this.trace(`${node.name} takes over ${source.id}`)
      this.owners.push(new Owner(this, source, node, this.random.pick(this.#disks)))
    }
  }

  ownersOf(sourceId: string): Owner[] {
    return this.owners.filter((owner) => owner.alive && owner.source.id === sourceId)
  }

  /** Adds a new layout, in force from a minute for which no partitioner has accepted an event yet. */
  changeLayout(): void {
    const { random, settings, scheduler } = this
    if (settings.shared !== null) {
      this.#changeShared()
      return
    }
    const last = this.layouts.at(-1)!
    const fromMinute = minuteOf(scheduler.nowMs + settings.aheadMs + 4 * settings.skewMs) + random.int(1, 2)
    if (fromMinute <= last.fromMinute) return
    const partitions = last.partitions + random.int(0, 1)
    const splits = new Map(random.chance(0.5) ? [['v1', random.int(1, partitions)]] : [])
    const overflow = random.chance(settings.overload)
    this.layouts.push({ ...last, version: last.version + 1, fromMinute, partitions, splits, overflow })
    this.log.ensurePartitions(partitions, this.#lanes)
    const lane = overflow ? 'the overload lane' : 'the lane of events'
    this.trace(`layout ${last.version + 1}: ${partitions} partitions of ${lane} from minute ${fromMinute}`)
  }

  /** Up to three do so at once. */
  #changeShared(): void {
    const partitions = this.settings.partitions + this.random.int(0, 2)
    this.log.ensurePartitions(partitions, this.#lanes)
    const hasOverflow = this.settings.overload > 0
    for (let i = this.random.int(1, 3); i > 0; i--)
      this.random.pick(this.partitioners).door?.change(this.random, partitions, hasOverflow).catch(this.fail)
  }

  /** Whether every event is resolved and every source's log is stored to its end. */
  isSettled(): boolean {
    return (
      this.outbox.isEmpty &&
      Array.from(this.#spools.values()).every((spool) => spool.isEmpty) &&
      this.log.countedSources().every((source) => {
        const end = this.log.records(source).length - 1
        return this.ownersOf(source.id).some((owner) => owner.recovered && owner.checkpointOffset >= end)
      })
    )
  }

  /** Ends a storm: restores the usual delays and failures, or those of the healed world. */
  calm(): void {
    const { latencyMs, longestMs, failures } = this.#healed ? FAIR_WEATHER : this.settings
    Object.assign(this.weather, { latencyMs, longestMs, failures })
  }

  get healed(): boolean {
    return this.#healed
  }

  heal(): void {
    this.#healed = true
    this.calm()
    this.replicas.heal()
    this.meta.cutOff.clear()
    if (this.partitioners.every(({ node }) => node.crashed)) this.startPartitioner()
  }
}

/** Half of all worlds begin shortly before the end of an hour, so that it is closed while late events still come. */
function startMinute(drawn: number): number {
  return drawn % 2 === 0 ? drawn : 58 + (drawn % 3)
}

function firstLayout(partitions: number): Layout {
  return { version: 1, fromMinute: 0, partitions, splits: new Map(), dedicated: new Map() }
}
