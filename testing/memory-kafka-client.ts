// A cluster in memory, for tests of code that uses a client: topics, offsets and log times, and faults on demand.
import type { Clock } from '../lib/clock.ts'
import type {
  Acks,
  Fetched,
  FetchLimit,
  KafkaClient,
  KafkaMessage,
  KafkaRecord,
  OffsetQuery,
  TopicSpec,
} from '../stores/log/kafka/kafka-client.ts'
import { LogError } from '../stores/log/log.ts'

export class MemoryClient implements KafkaClient {
  readonly topics = new Map<string, KafkaRecord[][]>()
  /** The messages of each produce request. */
  readonly produced: number[] = []
  /** Who was to acknowledge the newest of them. */
  acks: Acks | undefined
  /** Called before each request: to make it fail, or to do something else first. */
  before: (call: 'produce' | 'fetch' | 'offsetOf' | 'endOffsets' | 'commitOffsets') => Promise<void> | void =
    () => {}
  /** By group and topic, then by partition. */
  readonly committed = new Map<string, ReadonlyMap<number, number>>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async partitionCount(topic: string): Promise<number> {
    return this.topics.get(topic)?.length ?? 0
  }

  async produce(
    topic: string,
    partition: number,
    messages: readonly KafkaMessage[],
    acks: Acks = 'all',
  ): Promise<number> {
    await this.before('produce')
    const records = this.#find(topic, partition)
    const base = records.length
    for (const [i, { key, value, ...carried }] of messages.entries()) {
      records.push({
        offset: base + i,
        logTimeMs: this.#clock.nowMs(),
        key,
        bytes: value ?? new Uint8Array(),
        ...carried,
      })
    }
    this.produced.push(messages.length)
    this.acks = acks
    return base
  }

  async fetch(topic: string, partition: number, fromOffset: number, _limit: FetchLimit): Promise<Fetched> {
    await this.before('fetch')
    const records = this.#find(topic, partition)
    if (fromOffset < 0 || fromOffset > records.length) {
      throw new LogError('offset_out_of_range', 'There is no such offset.')
    }
    return { records: records.slice(fromOffset), nextOffset: records.length, endOffset: records.length }
  }

  async offsetOf(topic: string, partition: number, query: OffsetQuery): Promise<number> {
    await this.before('offsetOf')
    const records = this.#find(topic, partition)
    if (query === 'start') return 0
    if (query === 'end') return records.length
    return records.find(({ logTimeMs }) => logTimeMs >= query.timeMs)?.offset ?? records.length
  }

  async endOffsets(topic: string, partitions: number): Promise<readonly number[]> {
    await this.before('endOffsets')
    return Array.from({ length: partitions }, (_, partition) => this.#find(topic, partition).length)
  }

  async commitOffsets(group: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void> {
    await this.before('commitOffsets')
    this.committed.set(`${group} ${topic}`, offsets)
  }

  async groupMembers(): Promise<number> {
    return 0
  }

  async createTopic({ name, partitions }: TopicSpec): Promise<void> {
    if (!this.topics.has(name))
      this.topics.set(
        name,
        Array.from({ length: partitions }, () => []),
      )
  }

  async growTopic(topic: string, partitions: number): Promise<void> {
    const held = this.topics.get(topic)!
    while (held.length < partitions) held.push([])
  }

  async close(): Promise<void> {}

  #find(topic: string, partition: number): KafkaRecord[] {
    const records = this.topics.get(topic)?.[partition]
    if (records === undefined) throw new LogError('unknown_partition', `No ${topic} ${partition}.`)
    return records
  }
}
