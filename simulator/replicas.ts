// Last-write-wins replicas as Cassandra keeps cells: the higher timestamp stays, whenever it arrives. So many must
// acknowledge a write, and so many are asked by a read. Writes reach each replica on their own, some late, some never;
// a failed one may be on any.
import type { Node, Weather } from './node.ts'
import { SimulatedFault } from './node.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

export type Cell = { readonly timestamp: bigint; readonly value: unknown }
export type Mutation = { readonly key: string; readonly cell: Cell }

export const REPLICAS = 3
const TIMEOUT_MS = 2_000
/** How likely a write that missed a replica is never delivered to it later either. */
const LOST_HANDOFFS = 0.5

/** How many replicas. */
export type Asked = { readonly write: number; readonly read: number }

export const QUORUMS: Asked = { write: 2, read: 2 }

export class Replicas {
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #weather: Weather
  readonly #readRepair: boolean
  readonly #asked: Asked
  readonly #cells: readonly Map<string, Cell>[] = Array.from({ length: REPLICAS }, () => new Map())
  readonly #down: boolean[] = Array.from({ length: REPLICAS }, () => false)

  constructor(scheduler: Scheduler, random: Random, weather: Weather, readRepair: boolean, asked = QUORUMS) {
    this.#scheduler = scheduler
    this.#random = random
    this.#weather = weather
    this.#readRepair = readRepair
    this.#asked = asked
  }

  setDown(replica: number, down: boolean): void {
    this.#down[replica] = down
  }

  heal(): void {
    this.#down.fill(false)
  }

  /** Stores these cells on every replica at once. */
  hold(mutations: readonly Mutation[]): void {
    for (const replica of REPLICA_NUMBERS) {
      for (const { key, cell } of mutations) this.#apply(replica, key, cell)
    }
  }

  /** Resolves when enough replicas have every mutation; rejects if that took too long, or the reply was lost. */
  async write(node: Node, mutations: readonly Mutation[]): Promise<void> {
    const { latencyMs, longestMs, failures } = this.#weather
    const reachedMs = this.#cells.map((_, replica) => this.#send(replica, mutations, latencyMs, longestMs))
    const ackMs = reachedMs.sort((a, b) => a - b)[this.#asked.write - 1]!
    const lost = this.#random.chance(failures)
    await node.call(Math.min(ackMs, TIMEOUT_MS), this.#random.delayMs(latencyMs, longestMs), () => {
      if (ackMs > TIMEOUT_MS || lost) throw new SimulatedFault('write timed out')
    })
  }

  /** A write that only one replica ever gets: it is not acknowledged. */
  async tear(node: Node, mutations: readonly Mutation[]): Promise<never> {
    const { latencyMs, longestMs } = this.#weather
    const replica = this.#random.int(0, REPLICAS - 1)
    this.#applyLater(replica, mutations, this.#random.delayMs(latencyMs, longestMs))
    return node.call(TIMEOUT_MS, latencyMs, () => {
      throw new SimulatedFault('write timed out')
    })
  }

  /** The newest cells that random replicas hold, which may be read at different moments. */
  async read(node: Node, keys: readonly string[]): Promise<(Cell | undefined)[]> {
    const { latencyMs, longestMs, failures } = this.#weather
    const up = REPLICA_NUMBERS.filter((replica) => !this.#down[replica])
    const asked = shuffled(this.#random, up).slice(0, this.#asked.read)
    if (asked.length < this.#asked.read || this.#random.chance(failures)) {
      return node.call(latencyMs, latencyMs, () => {
        throw new SimulatedFault('read timed out')
      })
    }
    const answers = await Promise.all(
      asked.map((replica) => {
        const requestMs = this.#random.delayMs(latencyMs, longestMs)
        const replyMs = this.#random.delayMs(latencyMs, longestMs)
        return node.call(requestMs, replyMs, () => keys.map((key) => this.#cells[replica]!.get(key)))
      }),
    )
    const newest = keys.map((_, i) => newestOf(answers.map((cells) => cells[i])))
    if (this.#readRepair) {
      for (const replica of asked) {
        for (const [i, cell] of newest.entries()) if (cell !== undefined) this.#apply(replica, keys[i]!, cell)
      }
    }
    return newest
  }

  /** The answer of each set of replicas that a read may ask: what any later read may see. */
  views(key: string): (Cell | undefined)[] {
    const held = this.#cells.map((cells) => cells.get(key))
    return setsOf(this.#asked.read, REPLICAS).map((set) => newestOf(set.map((replica) => held[replica])))
  }

  keys(): string[] {
    return Array.from(new Set(this.#cells.flatMap((cells) => Array.from(cells.keys()))))
  }

  /** Sends a write to a replica; returns its delay, or Infinity if it does not arrive in time. */
  #send(replica: number, mutations: readonly Mutation[], latencyMs: number, longestMs: number): number {
    const random = this.#random
    const dropped = this.#down[replica] || random.chance(this.#weather.failures)
    if (dropped && random.chance(LOST_HANDOFFS)) {
      const part = random.chance(0.3) ? mutations.filter(() => random.chance(0.5)) : []
      this.#applyLater(replica, part, random.delayMs(latencyMs, longestMs))
      return Infinity
    }
    const delayMs = random.delayMs(latencyMs, longestMs) + (dropped ? random.delayMs(5_000, 240_000) : 0)
    this.#applyLater(replica, mutations, delayMs)
    return dropped ? Infinity : delayMs
  }

  #applyLater(replica: number, mutations: readonly Mutation[], delayMs: number): void {
    this.#scheduler.after(delayMs, () => {
      for (const { key, cell } of mutations) this.#apply(replica, key, cell)
    })
  }

  #apply(replica: number, key: string, cell: Cell): void {
    const cells = this.#cells[replica]!
    cells.set(key, newestOf([cells.get(key), cell])!)
  }
}

/** All sets of so many of the numbers below `all`. */
function setsOf(size: number, all: number): number[][] {
  if (size === 0) return [[]]
  return Array.from({ length: all }, (_, last) => setsOf(size - 1, last).map((set) => [...set, last])).flat()
}

const REPLICA_NUMBERS = Array.from({ length: REPLICAS }, (_, i) => i)

/** The cell with the highest timestamp; of equals the greater value, as Cassandra breaks ties. */
function newestOf(cells: readonly (Cell | undefined)[]): Cell | undefined {
  return cells.reduce((best, cell) => {
    if (cell === undefined) return best
    if (best === undefined || cell.timestamp > best.timestamp) return cell
    if (cell.timestamp < best.timestamp) return best
    return cell.value !== best.value && textOf(cell.value) > textOf(best.value) ? cell : best
  }, undefined)
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? part.toString() : part))
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)
}
