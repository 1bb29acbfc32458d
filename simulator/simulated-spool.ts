// The spool of a partitioner for events whose layout is unknown, on a disk that outlives its processes.
import { sourceOf } from '../stores/log/lanes.ts'
import type { LogRecord, Source } from '../stores/log/log.ts'
import type { Spool } from '../stores/log/spool/spool.ts'
import { type Node, type Weather, weatheredCall } from './node.ts'
import type { Random } from './random.ts'

type Queue = { readonly source: Source; startOffset: number; readonly records: LogRecord[] }

export class SimulatedSpool {
  readonly #random: Random
  readonly #weather: Weather
  readonly #queues = new Map<string, Queue>()

  constructor(random: Random, weather: Weather) {
    this.#random = random
    this.#weather = weather
  }

  get isEmpty(): boolean {
    return this.#waiting().length === 0
  }

  on(node: Node): Pick<Spool, 'append' | 'read' | 'removeBefore' | 'sources' | 'extent'> {
    const call = <T>(serve: () => T) => weatheredCall(node, this.#random, this.#weather, serve)
    return {
      append: (lane, partition, bytes) => {
        const kept = Uint8Array.from(bytes)
        return call(() => {
          const { records } = this.#queue(sourceOf('00000000', lane, partition))
          records.push({ offset: records.length, logTimeMs: node.clock.nowMs(), bytes: kept })
        })
      },
      read: (from) =>
        call(() => {
          const { records, startOffset } = this.#queue(from)
          return records.slice(startOffset, startOffset + this.#random.int(1, 3))
        }),
      removeBefore: (from, offset) =>
        call(() => {
          const queue = this.#queue(from)
          queue.startOffset = Math.max(queue.startOffset, offset)
        }),
      sources: () => this.#waiting().map(({ source }) => source),
      extent: () => {
        const waiting = this.#waiting().flatMap(({ records, startOffset }) => records.slice(startOffset))
        const [oldest = null] = waiting.map(({ logTimeMs }) => logTimeMs).toSorted((a, b) => a - b)
        return { records: waiting.length, bytes: 0, oldestAtMs: oldest }
      },
    }
  }

  #waiting(): Queue[] {
    return Array.from(this.#queues.values()).filter(
      ({ startOffset, records }) => startOffset < records.length,
    )
  }

  #queue(source: Source): Queue {
    const queue = this.#queues.get(source.id) ?? { source, startOffset: 0, records: [] }
    this.#queues.set(source.id, queue)
    return queue
  }
}
