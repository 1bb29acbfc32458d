// The log on Kafka: a topic for each lane, whose name carries the incarnation. Its guarantees are made here, for
// every client library: one request at a time for each partition, nothing acknowledged that a reply does not name, no
// offset accepted except the one that was asked for, and a deadline for every wait.
import type { Clock } from '../../../lib/clock.ts'
import type { Carried } from '../../../lib/traceparents.ts'
import { GroupCommit } from '../../disk/group-commit.ts'
import { withDeadline } from '../deadline.ts'
import { closedLog, LANES, outOfRange, sourceOf, unknownPartition, unknownSource } from '../lanes.ts'
import {
  type Lane,
  type Log,
  LogError,
  type LogSlice,
  type ReadLimit,
  type Source,
  type SourceEnd,
} from '../log.ts'
import { halfRestored, lostPartitions, partitionsOnceKnown, verifyTopics } from './create-topics.ts'
import { currentIdentity, filledIncarnation, type Identity } from './identity.ts'
import {
  type Acks,
  FETCH_WAIT_MS_MAX,
  type KafkaClient,
  type KafkaMessage,
  type OffsetQuery,
  REQUEST_TIMEOUT_MS,
} from './kafka-client.ts'
import { readMeta } from './meta.ts'
import { Readahead } from './readahead.ts'
import { metaTopicOf, topicOf } from './topics.ts'

export type KafkaLogOptions = {
  readonly client: KafkaClient
  readonly clock: Clock
  /** The first part of every topic's name. */
  readonly prefix: string
  /** Of appended records; `all` by default. */
  readonly acks?: Acks
}

type Message = KafkaMessage & { readonly value: Uint8Array }

/** The bytes of the records in one request; a larger record is sent alone. */
const REQUEST_BYTES_MAX = 1 << 20
/** The bytes of the records that wait, for each partition. */
const QUEUE_BYTES_MAX = 8 << 20
/** A request that failed because a leader moved is tried once or twice more; further retries are up to the caller. */
const PRODUCE_ATTEMPTS_MAX = 3
const PRODUCE_RETRY_MS = 150
/** Fetching more than was asked for saves the next requests. */
const FETCH_BYTES_MIN = 1 << 20
/** Longer than any client's own deadline: only a client that hangs reaches it. */
const CALL_TIMEOUT_MS = 4 * REQUEST_TIMEOUT_MS

/**
 * Opens the log that `createTopics` has made. Fails with LogError: `unknown_partition` where there is none yet,
 * `corrupt` where topics or partitions are lost, `unavailable`.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  const { client, clock, prefix } = options
  const meta = metaTopicOf(prefix)
  const exists = (await partitionsOnceKnown({ client, clock }, meta, 1)) > 0
  const entries = exists ? await readMeta(client, meta) : []
  const identity = currentIdentity(entries)
  if (filledIncarnation(entries) !== null) throw halfRestored(prefix)
  if (identity === null) {
    throw new LogError('unknown_partition', `There are no topics named ${prefix}.* yet: create them first.`)
  }
  return new KafkaLog(options, identity, await verifyTopics({ client, clock }, prefix, identity))
}

export class KafkaLog implements Log {
  readonly #options: KafkaLogOptions
  readonly #incarnation: string
  readonly #partitionCounts: Map<Lane, number>
  readonly #queues = new Map<string, GroupCommit<Message, { offset: number }>>()
  readonly #readahead = new Readahead()
  readonly #closing = new AbortController()

  /** Called by openKafkaLog, and by whoever fills an incarnation that is not declared yet. */
  constructor(options: KafkaLogOptions, { incarnation }: Identity, partitionCounts: Map<Lane, number>) {
    this.#options = options
    this.#incarnation = incarnation
    this.#partitionCounts = partitionCounts
  }

  get incarnation(): string {
    return this.#incarnation
  }

  topicOf(lane: Lane): string {
    return topicOf(this.#options.prefix, lane, this.#incarnation)
  }

  async append(
    lane: Lane,
    partition: number,
    bytes: Uint8Array,
    carried?: Carried,
  ): Promise<{ offset: number }> {
    this.#refuseIfClosed()
    const value = new Uint8Array(bytes) // the caller may reuse its buffer while this waits
    if (!this.#has(lane, partition)) await this.sources(lane)
    if (!this.#has(lane, partition)) throw unknownPartition(lane, partition)
    return this.#queueOf(lane, partition).submit({ key: null, value, ...carried })
  }

  async sources(lane: Lane): Promise<readonly Source[]> {
    this.#refuseIfClosed()
    if (!LANES.includes(lane)) return []
    const topic = this.topicOf(lane)
    const known = this.#partitionCounts.get(lane) ?? 0
    const count = await this.#partitionCount(topic, known)
    if (count < known) throw lostPartitions(topic, count, known)
    this.#partitionCounts.set(lane, count)
    return Array.from({ length: count }, (_, partition) => sourceOf(this.#incarnation, lane, partition))
  }

  async read(source: Source, fromOffset: number, limit: ReadLimit): Promise<LogSlice> {
    this.#check(source)
    const held = this.#readahead.take(source.id, fromOffset, limit.bytesMax)
    if (held !== null) return held
    const { client, clock } = this.#options
    const bytesMax = Math.max(limit.bytesMax, FETCH_BYTES_MIN)
    const untilMs = clock.nowMs() + limit.waitMs
    // Who does not wait takes nothing for an end of the log, which a follower may not have in full.
    const anyReplica = limit.waitMs > 0
    for (let offset = fromOffset; ; ) {
      const waitMs = Math.min(FETCH_WAIT_MS_MAX, Math.max(0, untilMs - clock.nowMs()))
      const fetching = client.fetch(this.topicOf(source.lane), source.partition, offset, {
        ...{ bytesMax, waitMs, anyReplica },
      })
      const fetched = await this.#call(fetching, source, offset)
      if (fetched.records.length > 0) {
        this.#readahead.put(source.id, fromOffset, fetched)
        return this.#readahead.take(source.id, fromOffset, limit.bytesMax)!
      }
      const over = clock.nowMs() >= untilMs && fetched.nextOffset === offset
      if (over) return { records: [], endOffset: fetched.endOffset }
      offset = fetched.nextOffset
    }
  }

  async bounds(source: Source): Promise<{ startOffset: number; endOffset: number }> {
    this.#check(source)
    const [startOffset, endOffset] = await Promise.all([
      this.#offsetOf(source, 'start'),
      this.#offsetOf(source, 'end'),
    ])
    return { startOffset, endOffset }
  }

  async ends(lane: Lane): Promise<readonly SourceEnd[]> {
    const sources = await this.sources(lane)
    if (sources.length === 0) return []
    const { client } = this.#options
    const ends = await this.#call(client.endOffsets(this.topicOf(lane), sources.length), sources[0])
    return sources.map((source, i) => ({ source, endOffset: ends[i]! }))
  }

  async offsetForTime(source: Source, timeMs: number): Promise<number> {
    this.#check(source)
    return this.#offsetOf(source, { timeMs })
  }

  /** Calls in flight are answered with `closed`. The client stays open. */
  close(): void {
    this.#closing.abort()
  }

  #partitionCount(topic: string, known: number): Promise<number> {
    const { client, clock } = this.#options
    const patient = {
      clock,
      client: { partitionCount: (topic: string) => this.#call(client.partitionCount(topic)) },
    }
    return partitionsOnceKnown(patient, topic, known, this.#closing.signal)
  }

  #offsetOf(source: Source, query: OffsetQuery): Promise<number> {
    const { client } = this.#options
    return this.#call(client.offsetOf(this.topicOf(source.lane), source.partition, query), source)
  }

  #queueOf(lane: Lane, partition: number): GroupCommit<Message, { offset: number }> {
    const key = `${lane} ${partition}`
    let queue = this.#queues.get(key)
    if (queue === undefined) {
      queue = new GroupCommit({
        commit: (messages) => this.#produce(lane, partition, messages),
        weightOf: ({ value }) => value.length,
        groupWeightMax: REQUEST_BYTES_MAX,
        queueWeightMax: QUEUE_BYTES_MAX,
        refusal: () =>
          new LogError('unavailable', `Too many records wait for ${lane} partition ${partition}.`),
      })
      this.#queues.set(key, queue)
    }
    return queue
  }

  async #produce(lane: Lane, partition: number, messages: readonly Message[]): Promise<{ offset: number }[]> {
    const { client, clock, acks = 'all' } = this.#options
    for (let attempt = 1; ; attempt++) {
      this.#refuseIfClosed()
      try {
        const base = await this.#call(
          client.produce(this.topicOf(lane), partition, messages, acks),
          sourceOf(this.#incarnation, lane, partition),
        )
        return messages.map((_, i) => ({ offset: base + i }))
      } catch (error) {
        const again =
          error instanceof LogError && error.code === 'unavailable' && attempt < PRODUCE_ATTEMPTS_MAX
        if (!again) throw error
        await clock.sleep(PRODUCE_RETRY_MS * attempt, this.#closing.signal)
      }
    }
  }

  /** Waits for a call of the client, with a deadline, and converts its errors into those of the log. */
  async #call<T>(call: Promise<T>, source?: Source, offset?: number): Promise<T> {
    try {
      return await withDeadline(call, this.#options.clock, CALL_TIMEOUT_MS, this.#closing.signal)
    } catch (error) {
      this.#refuseIfClosed()
      if (!(error instanceof LogError) || source === undefined) throw error
      if (error.code === 'offset_out_of_range') {
        const { startOffset, endOffset } = await this.bounds(source)
        throw outOfRange(source, offset ?? -1, startOffset, endOffset)
      }
      if (error.code !== 'unknown_partition') throw error
      await this.sources(source.lane) // throws if the topic is lost
      throw new LogError('unavailable', error.message, { cause: error })
    }
  }

  #check(source: Source): void {
    this.#refuseIfClosed()
    const { lane, partition, id } = source
    if (!this.#has(lane, partition)) throw unknownPartition(lane, partition)
    if (id !== sourceOf(this.#incarnation, lane, partition).id) throw unknownSource(source)
  }

  #has(lane: Lane, partition: number): boolean {
    return partition >= 0 && partition < (this.#partitionCounts.get(lane) ?? 0)
  }

  #refuseIfClosed(): void {
    if (this.#closing.signal.aborted) throw closedLog()
  }
}
