// What the log needs of a Kafka client library: single steps that either happened or failed. Each form bypasses its
// library's own queues, groups and silent retries; the guarantees of the log are made in kafka-log.ts.
import type { Carried } from '../../../lib/traceparents.ts'
import type { LogRecord } from '../log.ts'
import type { KafkaSecurity } from './kafka-security.ts'

/** Who must have a message before it counts as appended: every replica in sync, or the leader of the partition. */
export type Acks = 'all' | 'leader'

/** The header that holds what a message carries, once for each, by the name that OpenTelemetry gives it. */
export const TRACEPARENT_HEADER = 'traceparent'

/** A null value removes the messages of its key from a compacted topic; it is read as an empty one. */
export type KafkaMessage = Carried & { readonly key: Uint8Array | null; readonly value: Uint8Array | null }

export type KafkaRecord = LogRecord & { readonly key: Uint8Array | null }

export type Fetched = {
  /** Data records from the asked offset on, in order; control records are left out. */
  readonly records: readonly KafkaRecord[]
  /** Where to continue: after the last record that was seen, control records included. */
  readonly nextOffset: number
  /** The offset after the last record that every replica in sync holds. */
  readonly endOffset: number
}

export type FetchLimit = {
  /** Brokers send whole batches, at least one: this is where to stop, not a strict bound. */
  readonly bytesMax: number
  /** How long the broker may wait for a first record. */
  readonly waitMs: number
  /** Whether the replica nearest to us may answer, which may know less than the leader; else the leader. */
  readonly anyReplica?: boolean
}

/** `start` and `end` as in Log.bounds, or the first offset at or after a log time, epoch ms. */
export type OffsetQuery = 'start' | 'end' | { readonly timeMs: number }

export type TopicSpec = {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
}

/**
 * Every call has a deadline of its own and fails with LogError: `unavailable` (try again; a message may be in the
 * log), `unknown_partition` (no broker that answered knows it), `offset_out_of_range`.
 */
export interface KafkaClient {
  /** Asks the cluster each time; 0 if there is no such topic. */
  partitionCount(topic: string): Promise<number>
  /**
   * Appends all messages or none and returns the offset of the first, once every replica in sync has them, or the
   * leader alone if that is asked for. Without retries: a message that was sent again would silently be in the log
   * twice.
   */
  produce(topic: string, partition: number, messages: readonly KafkaMessage[], acks?: Acks): Promise<number>
  /** Fetches of different partitions do not wait for each other. */
  fetch(topic: string, partition: number, fromOffset: number, limit: FetchLimit): Promise<Fetched>
  offsetOf(topic: string, partition: number, query: OffsetQuery): Promise<number>
  /** The ends of the first `partitions` partitions of a topic, in order: one request to each broker that leads some. */
  endOffsets(topic: string, partitions: number): Promise<readonly number[]>
  /** Commits the offsets of a group without members in a topic, by partition, for other tools to see. */
  commitOffsets(group: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void>
  /** How many processes are in a consumer group now; one that was killed is for as long as its session. */
  groupMembers(group: string): Promise<number>
  /** Leaves an existing topic as it is. */
  createTopic(spec: TopicSpec): Promise<void>
  /** Leaves a topic that has at least this many partitions as it is. */
  growTopic(topic: string, partitions: number): Promise<void>
  close(): Promise<void>
}

/** The options of both libraries. */
export type KafkaClientOptions = {
  /** host:port of some brokers; the others are found through them. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** Where the process is, by the name that brokers of the same place have as `broker.rack`; '': not known. */
  readonly rack?: string
  /** Default: neither encryption nor sign-in. */
  readonly security?: KafkaSecurity
}

/** The deadline for making a connection. */
export const CONNECT_TIMEOUT_MS = 2_000
/** The deadline for a broker's answer, in addition to the time that it was asked to wait. */
export const REQUEST_TIMEOUT_MS = 5_000
/** The deadline for the replicas in sync to have a message; the broker enforces it. */
export const REPLICATION_TIMEOUT_MS = 4_000
/** A fetch asks for no longer wait than this, so that a dead broker is noticed. */
export const FETCH_WAIT_MS_MAX = 2_000
