// How the reconcilers of a simulated world share a recount: who has which partition, which changes at random and may be
// nobody or two at once, and the objects that hold their plans.
import type { Sharing } from '../services/reconciler/recount/carry-out.ts'
import type { ObjectStore } from '../stores/objects/objects.ts'
import { ObjectPlans } from '../stores/plans/object-plans.ts'
import { type Node, weatheredCall } from './node.ts'
import type { World } from './world.ts'

/** How long an assignment lasts. */
const TYPICAL_MS = 10_000
const LONGEST_MS = 120_000
const PARTITIONS = 4

export class SharedBatch {
  readonly #world: World
  readonly #objects = new Map<string, Uint8Array>()
  /** By partition. */
  #owners: readonly (readonly Node[])[] = []

  constructor(world: World) {
    this.#world = world
    this.#reassign()
  }

  /** Whether it has the first partition, and so leads. */
  leads(node: Node): boolean {
    return this.#has(node, 0)
  }

  on(node: Node): Sharing {
    return {
      plans: new ObjectPlans(this.#objectsOn(node)),
      partitions: async () => PARTITIONS,
      isMine: (partition) => this.#has(node, partition),
    }
  }

  /** As in the end: the newest has the first partition, and all share the others. */
  settle(): void {
    const alive = this.#alive().reverse()
    this.#owners = Array.from({ length: PARTITIONS }, (_, i) => [alive[i % alive.length]!])
  }

  #has(node: Node, partition: number): boolean {
    return this.#owners[partition]?.includes(node) ?? false
  }

  #alive(): Node[] {
    return this.#world.reconcilers.map(({ node }) => node).filter(({ crashed }) => !crashed)
  }

  #reassign = (): void => {
    const { random, scheduler, healed } = this.#world
    if (healed) return
    const alive = this.#alive()
    this.#owners = Array.from({ length: PARTITIONS }, () => {
      const owners = random.pick([0, 1, 1, 1, 2])
      return alive.length === 0 ? [] : Array.from({ length: owners }, () => random.pick(alive))
    })
    scheduler.after(random.delayMs(TYPICAL_MS, LONGEST_MS), this.#reassign)
  }

  #objectsOn(node: Node): Pick<ObjectStore, 'write' | 'read' | 'list' | 'remove'> {
    const { random, weather } = this.#world
    const objects = this.#objects
    const call = <T>(serve: () => T) => weatheredCall(node, random, weather, serve)
    return {
      write: (key, bytes) => call(() => void objects.set(key, Uint8Array.from(bytes))),
      read: (key) => call(() => objects.get(key) ?? null),
      remove: (keys) =>
        call(() => {
          for (const key of keys) objects.delete(key)
        }),
      list: (prefix) =>
        call(() =>
          Array.from(objects.keys())
            .filter((key) => key.startsWith(prefix))
            .sort()
            .map((key) => ({ key, bytes: objects.get(key)!.length, modifiedMs: 0 })),
        ),
    }
  }
}
