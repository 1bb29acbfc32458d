// Owners of sources: processes that run the production driver, each for one source or for several. Nothing keeps two or
// three from owning one source at the same time; they crash, pause, wake up as zombies and are replaced.

import type { NameKey } from '../model/name-key.ts'
import type { Naming } from '../model/naming.ts'
import type { SchemaSet } from '../schemas/schema-set.ts'
import { type DriverPorts, SourceDriver } from '../services/processing/driver.ts'
import { lanesOn } from '../services/processing/lanes.ts'
import type { CountWriter } from '../stores/counts/counts.ts'
import type { Source } from '../stores/log/log.ts'
import type { Node, Weather } from './node.ts'
import type { Random } from './random.ts'
import type { Replicas } from './replicas.ts'
import type { WorldSettings } from './settings.ts'
import type { SimulatedLog } from './simulated-log.ts'
import type { SimulatedMeta } from './simulated-meta.ts'
import { countsOn, countsTogether, type SimulatedDisk, type SimulatedHints } from './simulated-store.ts'
import type { Witness } from './witness.ts'

export const OWNERS_MAX = 3

export type OwnerWorld = {
  readonly settings: WorldSettings
  readonly random: Random
  readonly weather: Weather
  readonly schemas: SchemaSet
  readonly log: SimulatedLog
  readonly replicas: Replicas
  readonly hints: SimulatedHints
  readonly witness: Witness
  readonly meta: SimulatedMeta
  /** Of each process that counts several sources. */
  readonly gathering: Map<Node, CountWriter>
  readonly fail: (error: unknown) => void
  readonly trace: (line: string) => void
}

/** How a process names events, as the witness is told. */
export async function namingOn(
  node: Node,
  { meta, witness }: Pick<OwnerWorld, 'meta' | 'witness'>,
): Promise<Naming> {
  const { generation } = meta
  const naming = await meta.naming(node)
  if (generation === meta.generation) witness.onNaming(generation, naming)
  return naming
}

export class Owner {
  readonly source: Source
  readonly node: Node
  #driver: SourceDriver | null = null
  #isStopped = false
  #ended = false

  constructor(world: OwnerWorld, source: Source, node: Node, disk: SimulatedDisk) {
    this.source = source
    this.node = node
    this.#run(world, disk).then(
      () => {
        this.#ended = true
        world.trace(`${node.name} has stopped`)
      },
      (error) => world.fail(error),
    )
  }

  /** Without the key nobody counts. */
  async #run(world: OwnerWorld, disk: SimulatedDisk): Promise<void> {
    const { key } = await namingOn(this.node, world)
    this.#driver = new SourceDriver(this.source, this.#ports(world, disk, key), world.settings.driver)
    if (this.#isStopped) this.#driver.stop()
    await this.#driver.run()
  }

  #ports(world: OwnerWorld, disk: SimulatedDisk, nameKey: NameKey): DriverPorts {
    const { node } = this
    const log = world.log.on(node)
    return {
      log,
      counts: countsOf(world, node),
      lanes: lanesOn(log),
      hints: world.settings.hints ? world.hints.on(node) : null,
      snapshots: world.settings.snapshots ? disk.on(node) : null,
      schemas: world.schemas,
      nameKey,
      clock: node.clock,
      random: world.random.next,
      onRetry: (what, attempt) => world.trace(`${node.name} retries to ${what} (${attempt})`),
    }
  }

  get alive(): boolean {
    return !this.#ended && !this.node.crashed
  }

  /** The offset up to which this owner has everything stored and checkpointed; -1 for nothing yet. */
  get checkpointOffset(): number {
    return this.#driver?.checkpoint?.offset ?? -1
  }

  get recovered(): boolean {
    return this.#driver !== null && this.#driver.state !== null
  }

  stop(): void {
    this.#isStopped = true
    this.#driver?.stop()
  }
}

function countsOf({ settings, replicas, witness, gathering }: OwnerWorld, node: Node): CountWriter {
  const { together } = settings
  if (together === null) return countsOn(node, replicas, witness)
  return gathering.getOrInsertComputed(node, () => countsTogether(node, replicas, witness, together))
}
