// Owners of sources: processes that run the production driver. Nothing keeps two or three from owning one source at
// the same time; they crash, pause, wake up as zombies and are replaced.
import type { SchemaSet } from '../schemas/schema-set.ts'
import type { Source } from '../services/ports/log.ts'
import { SourceDriver } from '../services/processing/driver.ts'
import { lanesOn } from '../services/processing/lanes.ts'
import type { Node, Weather } from './node.ts'
import type { Random } from './random.ts'
import type { Replicas } from './replicas.ts'
import type { WorldSettings } from './settings.ts'
import type { SimulatedLog } from './simulated-log.ts'
import { countsOn, type SimulatedDisk, type SimulatedHints, type StoreWitness } from './simulated-store.ts'

export const OWNERS_MAX = 3

export type OwnerWorld = {
  readonly settings: WorldSettings
  readonly random: Random
  readonly weather: Weather
  readonly schemas: SchemaSet
  readonly log: SimulatedLog
  readonly replicas: Replicas
  readonly hints: SimulatedHints
  readonly witness: StoreWitness
  readonly fail: (error: unknown) => void
  readonly trace: (line: string) => void
}

export class Owner {
  readonly source: Source
  readonly node: Node
  readonly #driver: SourceDriver
  #ended = false

  constructor(world: OwnerWorld, source: Source, node: Node, disk: SimulatedDisk) {
    this.source = source
    this.node = node
    const log = world.log.on(node)
    this.#driver = new SourceDriver(
      source,
      {
        log,
        counts: countsOn(node, world.replicas, world.witness),
        lanes: lanesOn(log),
        hints: world.settings.hints ? world.hints.on(node) : null,
        snapshots: world.settings.snapshots ? disk.on(node) : null,
        schemas: world.schemas,
        clock: node.clock,
        random: world.random.next,
        onRetry: (what, attempt) => world.trace(`${node.name} retries to ${what} (${attempt})`),
      },
      world.settings.driver,
    )
    this.#driver.run().then(
      () => {
        this.#ended = true
        world.trace(`${node.name} has stopped`)
      },
      (error) => world.fail(error),
    )
  }

  get alive(): boolean {
    return !this.#ended && !this.node.crashed
  }

  /** The offset up to which this owner has everything stored and checkpointed; -1 for nothing yet. */
  get checkpointOffset(): number {
    return this.#driver.checkpoint?.offset ?? -1
  }

  get recovered(): boolean {
    return this.#driver.state !== null
  }

  stop(): void {
    this.#driver.stop()
  }
}
