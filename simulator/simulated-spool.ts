// The spool of a partitioner for events whose layout is unknown, on a disk that outlives its processes.
import { sourceOf } from '../stores/log/lanes.ts'
import type { LogRecord, Source } from '../stores/log/log.ts'
import type { Spool } from '../stores/log/spool/spool.ts'
import { type Node, type Weather, weatheredCall } from './node.ts'
import type { Random } from './random.ts'

type Queue = { startOffset: number; readonly records: LogRecord[] }

export class SimulatedSpool {
  readonly #random: Random
  readonly #weather: Weather
  readonly #queues = new Map<string, Queue>()

  constructor(random: Random, weather: Weather) {
    this.#random = random
    this.#weather = weather
  }

  get isEmpty(): boolean {
    return Array.from(this.#queues.values()).every(
      ({ startOffset, records }) => startOffset === records.length,
    )
  }

  on(node: Node): Pick<Spool, 'append' | 'read' | 'removeBefore' | 'firstOffset' | 'source'> {
    const call = <T>(serve: () => T) => weatheredCall(node, this.#random, this.#weather, serve)
    const source: Spool['source'] = (lane, partition) => sourceOf('00000000', lane, partition)
    return {
      source,
      append: (lane, partition, bytes) => {
        const kept = Uint8Array.from(bytes)
        return call(() => {
          const { records } = this.#queue(source(lane, partition))
          records.push({ offset: records.length, logTimeMs: 0, bytes: kept })
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
      firstOffset: (from) => {
        const { records, startOffset } = this.#queue(from)
        return startOffset === records.length ? null : startOffset
      },
    }
  }

  #queue({ id }: Source): Queue {
    const queue = this.#queues.get(id) ?? { startOffset: 0, records: [] }
    this.#queues.set(id, queue)
    return queue
  }
}
