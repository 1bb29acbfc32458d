// One simulated life of the product: a seed draws the settings, the traffic and every misfortune, and at the end the
// counts must be exact. Runs the production partitioner, core and driver.

import type { SchemaSet } from '../schemas/schema-set.ts'
import { MINUTE_MS, minuteOf } from '../services/model/bucket.ts'
import type { Layout } from '../services/model/layout.ts'
import { startChaos } from './chaos.ts'
import { checkEnd } from './check-end.ts'
import { Node, type Weather } from './node.ts'
import { OWNERS_MAX, Owner } from './owners.ts'
import { Random } from './random.ts'
import { Replicas } from './replicas.ts'
import { Scheduler } from './scheduler.ts'
import { Outbox, SimulatedPartitioner } from './senders.ts'
import { drawSettings, type WorldSettings } from './settings.ts'
import { SimulatedLog } from './simulated-log.ts'
import { SimulatedDisk, SimulatedHints } from './simulated-store.ts'
import { drawTraffic } from './traffic.ts'
import { Violation, Witness } from './witness.ts'

/** How long a healed world may take to resolve every event and store every count. */
const PROGRESS_MS = 15 * 60_000
/** When the last request that is still on its way has reached the log. */
const REQUESTS_MS = 150_000
/** When the last straggling write of a zombie has reached its replica. */
const STRAGGLERS_MS = 10 * 60_000
const FAIR_WEATHER: Weather = { latencyMs: 5, longestMs: 50, failures: 0 }
const START_MS = Date.UTC(2026, 10, 21)

export type WorldReport = {
  readonly seed: number
  readonly violation: unknown
  readonly events: number
  readonly counted: number
  readonly copies: number
  readonly faults: number
}

export class World {
  readonly settings: WorldSettings
  readonly random: Random
  readonly scheduler: Scheduler
  readonly weather: Weather
  readonly schemas: SchemaSet
  readonly log: SimulatedLog
  readonly replicas: Replicas
  readonly hints: SimulatedHints
  readonly witness: Witness
  readonly outbox = new Outbox()
  readonly layouts: Layout[]
  readonly owners: Owner[] = []
  readonly partitioners: SimulatedPartitioner[] = []
  readonly #disks: readonly SimulatedDisk[]
  readonly #trace: (line: string) => void
  faults = 0
  violation: unknown = null
  #processes = 0
  #healed = false

  constructor(seed: number, schemas: SchemaSet, trace: (line: string) => void) {
    this.random = new Random(seed)
    this.settings = drawSettings(this.random)
    const { latencyMs, longestMs, failures, readRepair, skewMs, driver, nodes } = this.settings
    this.schemas = schemas
    this.#trace = trace
    this.scheduler = new Scheduler(this.random, START_MS + this.random.int(0, MINUTE_MS))
    this.weather = { latencyMs, longestMs, failures }
    this.replicas = new Replicas(this.scheduler, this.random, this.weather, readRepair)
    this.hints = new SimulatedHints(this.random, this.weather)
    this.witness = new Witness(schemas, this.replicas, driver.horizonMs, driver.aheadMs, this.fail)
    this.log = new SimulatedLog(this.scheduler, this.random, this.weather, skewMs, (source, record) =>
      this.witness.onAppend(source, record),
    )
    this.#disks = Array.from({ length: nodes }, () => new SimulatedDisk(this.random, this.weather))
    this.layouts = [firstLayout(this.settings.partitions)]
    this.log.ensurePartitions(this.settings.partitions)
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

  startPartitioner(): void {
    const node = this.newNode('partitioner')
    const layouts = { current: () => this.layouts }
    this.partitioners.push(
      new SimulatedPartitioner(node, this.log.on(node), layouts, this.settings, this.random),
    )
  }

  /** One more owner for each source that has fewer than `least`. */
  startOwners(least: number): void {
    for (const source of this.log.sources('events')) {
      const alive = this.ownersOf(source.id).length
      if (alive >= Math.min(least, OWNERS_MAX)) continue
      const node = this.newNode('owner')
      this.trace(`${node.name} takes over ${source.id}`)
      this.owners.push(new Owner(this, source, node, this.random.pick(this.#disks)))
    }
  }

  ownersOf(sourceId: string): Owner[] {
    return this.owners.filter((owner) => owner.alive && owner.source.id === sourceId)
  }

  /** A new layout, in force from a minute that no partitioner has yet taken an event of. */
  changeLayout(): void {
    const { random, settings, scheduler } = this
    const last = this.layouts.at(-1)!
    const fromMinute = minuteOf(scheduler.nowMs + settings.aheadMs + 4 * settings.skewMs) + random.int(1, 2)
    if (fromMinute <= last.fromMinute) return
    const partitions = last.partitions + random.int(0, 1)
    const splits = new Map(random.chance(0.5) ? [['v1', random.int(1, partitions)]] : [])
    this.layouts.push({ ...last, version: last.version + 1, fromMinute, partitions, splits })
    this.log.ensurePartitions(partitions)
    this.trace(`layout ${last.version + 1}: ${partitions} partitions from minute ${fromMinute}`)
  }

  /** Whether every event is resolved and every source's log is stored to its end. */
  isSettled(): boolean {
    return (
      this.outbox.isEmpty &&
      this.log.sources('events').every((source) => {
        const end = this.log.records(source).length - 1
        return this.ownersOf(source.id).some((owner) => owner.recovered && owner.checkpointOffset >= end)
      })
    )
  }

  /** Ends a storm: the usual weather comes back, or the healed world's. */
  calm(): void {
    const { latencyMs, longestMs, failures } = this.#healed ? FAIR_WEATHER : this.settings
    Object.assign(this.weather, { latencyMs, longestMs, failures })
  }

  heal(): void {
    this.#healed = true
    this.calm()
    this.replicas.heal()
    if (this.partitioners.every(({ node }) => node.crashed)) this.startPartitioner()
  }
}

export async function runWorld(
  seed: number,
  schemas: SchemaSet,
  trace: (line: string) => void = () => {},
): Promise<WorldReport> {
  const world = new World(seed, schemas, trace)
  const { scheduler, settings, random } = world
  const endMs = scheduler.nowMs + settings.trafficMs
  const failed = () => world.violation !== null
  for (let i = 0; i < settings.partitioners; i++) world.startPartitioner()
  world.startOwners(1)
  sendTraffic(world, random)
  const chaos = startChaos(world, endMs)
  await scheduler.runUntil(failed, endMs)
  chaos.stop()
  world.heal()
  const deadlineMs = scheduler.nowMs + PROGRESS_MS
  let ended = false
  const ensure = () => {
    world.startOwners(1)
    if (!failed() && !ended) scheduler.after(20_000, ensure)
  }
  ensure()
  await scheduler.runUntil(failed, scheduler.nowMs + REQUESTS_MS)
  const settled = await scheduler.runUntil(() => failed() || world.isSettled(), deadlineMs)
  if (!settled) world.fail(new Violation('no progress: the world was healed and did not settle'))
  ended = true
  for (const owner of world.owners) if (owner.alive) owner.stop()
  await scheduler.runUntil(failed, scheduler.nowMs + STRAGGLERS_MS)
  if (!failed()) checkEnd(world)
  return toReport(seed, world)
}

function sendTraffic(world: World, random: Random): void {
  const client = new Node('client', world.scheduler, 0)
  const alive = () => {
    const partitioners = world.partitioners.filter(({ node }) => !node.crashed)
    return partitioners.length > 0 ? partitioners : world.partitioners
  }
  for (const { atMs, events } of drawTraffic(random, world.settings, world.scheduler.nowMs)) {
    world.scheduler.after(atMs - world.scheduler.nowMs, () => {
      world.outbox.send(client, random, events, alive, world.weather).catch(world.fail)
    })
  }
}

function firstLayout(partitions: number): Layout {
  return { version: 1, fromMinute: 0, partitions, splits: new Map(), dedicated: new Map() }
}

function toReport(seed: number, { violation, outbox, witness, faults }: World): WorldReport {
  const ledgers = Array.from(witness.sources.values(), ({ prefixes }) => prefixes.at(-1)?.ledger)
  const sum = (of: 'counted' | 'duplicate') => ledgers.reduce((n, ledger) => n + (ledger?.[of] ?? 0), 0)
  return {
    seed,
    violation,
    events: outbox.sent.size,
    counted: sum('counted'),
    copies: sum('duplicate'),
    faults,
  }
}
