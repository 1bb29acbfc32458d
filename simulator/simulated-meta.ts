// The meta topic of a cluster, by which processes agree on how events are named and routed: appends are atomic, their
// replies may be lost, its leader's clock may step back, and what is removed goes sooner or later.

import type { Layout } from '../model/layout.ts'
import type { Naming } from '../model/naming.ts'
import { toJson } from '../stores/layouts/layout-form.ts'
import type { IncarnationEntry } from '../stores/log/kafka/identity.ts'
import type { KafkaClient } from '../stores/log/kafka/kafka-client.ts'
import type { LeadEntry } from '../stores/log/kafka/layout-order.ts'
import { openNaming } from '../stores/log/kafka/naming.ts'
import { LogError } from '../stores/log/log.ts'
import { type Node, SimulatedFault, type Weather, weatheredCall } from './node.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import { OLD_DOORS_MS, type WorldSettings } from './settings.ts'

type Entry = Awaited<ReturnType<KafkaClient['fetch']>>['records'][number]

const RETRY_MS = 200
/** How long a late proposal takes to reach the log: after the lead, the minute that it changes may have begun. */
const LATE_MS = [20_000, 120_000] as const
const KEY_BYTES = 16

export class SimulatedMeta {
  /** How often the key was lost and replaced. */
  generation = 0
  /** Processes that cannot reach it. */
  readonly cutOff = new Set<Node>()
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #weather: Weather
  /** Later than any event that an old partitioner takes. */
  readonly #sourcesLeadMs: number
  readonly #lateProposals: number
  #entries: Entry[] = []
  #endOffset = 0
  #skewMs = 0
  #proposals = 0

  constructor(scheduler: Scheduler, random: Random, weather: Weather, settings: WorldSettings) {
    this.#scheduler = scheduler
    this.#random = random
    this.#weather = weather
    this.#sourcesLeadMs = settings.aheadMs + 2 * settings.skewMs + OLD_DOORS_MS
    this.#lateProposals = settings.shared?.lateProposals ?? 0
    this.#beginWith(settings.upgrade ? {} : { withSources: true })
  }

  /** The key for a process on this node, which asks until it gets one. */
  async naming(node: Node): Promise<Naming> {
    const newKey = () => Uint8Array.from({ length: KEY_BYTES }, () => this.#random.int(0, 255))
    for (;;) {
      try {
        return await openNaming({
          client: this.on(node),
          prefix: 'simulated',
          newKey,
          newProposalId: this.newProposalId,
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

  newProposalId = (): string => `${this.#proposals++}`

  /** Removes the entries, as when a topic is made anew. Processes that have read the key continue with it. */
  lose(): void {
    this.#entries = []
    this.#endOffset = 0
    this.#beginWith({ withSources: true })
    this.generation++
  }

  /** What `npm run topics` writes for a new log. */
  agreeOn(lead: LeadEntry, first: Layout): void {
    this.#append('lead-first', JSON.stringify(lead))
    this.#append('layout-first', JSON.stringify(toJson(first)))
  }

  /** Another broker leads, whose clock is off by so much. */
  changeLeader(skewMs: number): void {
    this.#skewMs = skewMs
  }

  /** Entries that were removed are gone; what says so may be gone as well. */
  compact(): void {
    const texts = (keys: readonly Entry[]) => new Set(keys.map(({ key }) => String(key)))
    const removed = texts(this.#entries.filter(({ bytes }) => bytes.length === 0))
    const keepsMarks = this.#random.chance(0.5)
    this.#entries = this.#entries.filter(({ key, bytes }) =>
      bytes.length === 0 ? keepsMarks : !removed.has(String(key)),
    )
  }

  /** The calls that layouts and naming need. */
  on(node: Node): KafkaClient {
    const call = <T>(serve: () => T) =>
      weatheredCall(node, this.#random, this.#weather, () => {
        if (this.cutOff.has(node)) throw new LogError('unavailable', 'cut off')
        return serve()
      })
    const absent = () => Promise.reject(new Error('not simulated'))
    return {
      produce: async (_topic, _partition, messages) => {
        if (messages.some(({ key }) => String(key).startsWith('layout-'))) await this.#delayProposal(node)
        return call(() => {
          const offset = this.#endOffset
          for (const { key, value } of messages) this.#append(key ?? '', value ?? '')
          return offset
        })
      },
      fetch: (_topic, _partition, fromOffset) =>
        call(() => {
          const records = this.#entries.filter(({ offset }) => offset >= fromOffset)
          return { records, nextOffset: this.#endOffset, endOffset: this.#endOffset }
        }),
      offsetOf: (_topic, _partition, query) => call(() => (query === 'start' ? 0 : this.#endOffset)),
      endOffsets: absent,
      partitionCount: absent,
      commitOffsets: absent,
      groupMembers: absent,
      createTopic: absent,
      growTopic: absent,
      close: async () => {},
    }
  }

  async #delayProposal(node: Node): Promise<void> {
    if (this.#lateProposals === 0 || !this.#random.chance(this.#lateProposals)) return
    await node.clock.sleep(this.#random.int(...LATE_MS))
  }

  #beginWith(about: Pick<IncarnationEntry, 'withSources'>): void {
    const value: IncarnationEntry = { incarnation: '00000000', previous: null, ...about }
    this.#append('incarnation-00000000', JSON.stringify(value))
  }

  #append(key: string | Uint8Array, value: string | Uint8Array): void {
    const [keyBytes, bytes] = [key, value].map((one) => Buffer.from(one as string))
    const logTimeMs = this.#scheduler.nowMs + this.#skewMs
    this.#entries.push({ offset: this.#endOffset++, logTimeMs, key: keyBytes!, bytes: bytes! })
  }
}
