// What the log needs of a Kafka client library: single steps that either happened or failed. Each form keeps its
// library's own queues, groups and silent repairs out of the way; the guarantees of the log are made elsewhere.
import type { LogRecord } from '../log.ts'

export type KafkaMessage = { readonly key: Uint8Array | null; readonly value: Uint8Array }

export type KafkaRecord = LogRecord & { readonly key: Uint8Array | null }

export type Fetched = {
  /** Data records from the asked offset on, in order; control records are left out. */
  readonly records: readonly KafkaRecord[]
  /** Where to go on: after the last record that was seen, control records included. */
  readonly nextOffset: number
  /** The offset after the last record that every replica in sync holds. */
  readonly endOffset: number
}

export type FetchLimit = {
  /** Whole batches come, at least one: this is where to stop, not a bound. */
  readonly bytesMax: number
  /** How long the broker may wait for a first record. */
  readonly waitMs: number
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
  /** Asked of the cluster each time; 0 where there is no such topic. */
  partitionCount(topic: string): Promise<number>
  /**
   * Appends all messages or none and gives the first one's offset, once every replica in sync has them. Without
   * retries: a message that was sent again would stand in the log twice without anyone knowing.
   */
  produce(topic: string, partition: number, messages: readonly KafkaMessage[]): Promise<number>
  /** Fetches of different partitions do not wait for each other. */
  fetch(topic: string, partition: number, fromOffset: number, limit: FetchLimit): Promise<Fetched>
  offsetOf(topic: string, partition: number, query: OffsetQuery): Promise<number>
  /** Notes where a group without members stands in a topic, by partition, for others to see. */
  commitOffsets(group: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void>
  /** Leaves an existing topic as it is. */
  createTopic(spec: TopicSpec): Promise<void>
  /** Leaves a topic that has so many partitions or more as it is. */
  growTopic(topic: string, partitions: number): Promise<void>
  close(): Promise<void>
}

/** What both libraries are told. */
export type KafkaClientOptions = {
  /** host:port of some brokers; the others are found through them. */
  readonly brokers: readonly string[]
  readonly clientId: string
}

/** For a connection to be made. */
export const CONNECT_TIMEOUT_MS = 2_000
/** For a broker to answer, on top of what it was asked to wait. */
export const REQUEST_TIMEOUT_MS = 5_000
/** For the replicas in sync to have a message; the broker keeps this deadline. */
export const REPLICATION_TIMEOUT_MS = 4_000
/** A fetch asks for no longer wait than this, so that a dead broker is noticed. */
export const FETCH_WAIT_MS_MAX = 2_000
