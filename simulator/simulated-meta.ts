// The meta topic of a cluster, as far as processes agree by it on how events are named: appends are atomic, their
// replies may be lost.

import type { Naming } from '../model/naming.ts'
import type { IncarnationEntry } from '../stores/log/kafka/identity.ts'
import type { KafkaClient } from '../stores/log/kafka/kafka-client.ts'
import { openNaming } from '../stores/log/kafka/naming.ts'
import { LogError } from '../stores/log/log.ts'
import { type Node, SimulatedFault, type Weather, weatheredCall } from './node.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import { OLD_DOORS_MS, type WorldSettings } from './settings.ts'

type Entry = Awaited<ReturnType<KafkaClient['fetch']>>['records'][number]

const RETRY_MS = 200
const KEY_BYTES = 16

export class SimulatedMeta {
  /** How often the key was lost and replaced. */
  generation = 0
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #weather: Weather
  /** Later than any event that an old partitioner takes. */
  readonly #sourcesLeadMs: number
  #entries: Entry[]
  #proposals = 0

  constructor(scheduler: Scheduler, random: Random, weather: Weather, settings: WorldSettings) {
    this.#scheduler = scheduler
    this.#random = random
    this.#weather = weather
    this.#sourcesLeadMs = settings.aheadMs + 2 * settings.skewMs + OLD_DOORS_MS
    this.#entries = [this.#birth(settings.upgrade ? {} : { withSources: true })]
  }

  /** The key for a process on this node, which asks until it gets one. */
  async naming(node: Node): Promise<Naming> {
    const newKey = () => Uint8Array.from({ length: KEY_BYTES }, () => this.#random.int(0, 255))
    const newProposalId = () => `${this.#proposals++}`
    for (;;) {
      try {
        return await openNaming({
          client: this.#on(node),
          prefix: 'simulated',
          newKey,
          newProposalId,
          clock: node.clock,
          sourcesLeadMs: this.#sourcesLeadMs,
        })
      } catch (error) {
        const isAway = error instanceof LogError && error.code === 'unavailable'
        if (!isAway && !(error instanceof SimulatedFault)) throw error
        await node.clock.sleep(RETRY_MS)
      }
    }
  }

  /** Removes the entries, as when a topic is made anew. Processes that have read the key continue with it. */
  lose(): void {
    this.#entries = [this.#birth({ withSources: true })]
    this.generation++
  }

  #birth(about: Pick<IncarnationEntry, 'withSources'>): Entry {
    const value: IncarnationEntry = { incarnation: '00000000', previous: null, ...about }
    const [key, bytes] = ['incarnation-00000000', JSON.stringify(value)].map((text) => Buffer.from(text))
    return { offset: 0, logTimeMs: this.#scheduler.nowMs, key: key!, bytes: bytes! }
  }

  #on(node: Node): Pick<KafkaClient, 'produce' | 'fetch' | 'offsetOf'> {
    const call = <T>(serve: () => T) => weatheredCall(node, this.#random, this.#weather, serve)
    return {
      produce: (_topic, _partition, messages) =>
        call(() => {
          const offset = this.#entries.length
          const logTimeMs = this.#scheduler.nowMs
          for (const [i, { key, value }] of messages.entries())
            this.#entries.push({ offset: offset + i, logTimeMs, key, bytes: value })
          return offset
        }),
      fetch: (_topic, _partition, fromOffset) =>
        call(() => {
          const records = this.#entries.slice(fromOffset)
          return { records, nextOffset: fromOffset + records.length, endOffset: this.#entries.length }
        }),
      offsetOf: (_topic, _partition, query) => call(() => (query === 'start' ? 0 : this.#entries.length)),
    }
  }
}
