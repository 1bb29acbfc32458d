// Kafka through @platformatic/kafka. Appending and fetching go straight to the protocol: the library's producer takes
// a partition modulo the count that it remembers, and its fetch sessions allow only one fetch at a time.
import {
  Admin,
  type Broker,
  ConnectionPool,
  describeGroupsV5,
  FindCoordinatorKeyTypes,
  fetchV13,
  ProduceAcks,
  produceV9,
} from '@platformatic/kafka'
import { LogError } from '../../log.ts'
import {
  type Acks,
  CONNECT_TIMEOUT_MS,
  FETCH_WAIT_MS_MAX,
  type Fetched,
  type FetchLimit,
  type KafkaClient,
  type KafkaClientOptions,
  type KafkaMessage,
  type OffsetQuery,
  REPLICATION_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  type TopicSpec,
  TRACEPARENT_HEADER,
} from '../kafka-client.ts'
import { type FetchPlace, NearestReplicas, nodeIdOf, type ReplicaAnswer } from '../nearest-replicas.ts'
import { readBatches } from './batches.ts'
import { hasCode, hasCodeOf, logFault } from './faults.ts'
import { securityOptions } from './security.ts'

type Addressed = { readonly broker: Broker; readonly topicId: string }

/** A broker answers the requests of a connection one after the other: partitions share so many for appends. */
const PRODUCE_CONNECTIONS = 4
/** Special timestamps of the protocol that mean the start and the end. */
const PLACES = { start: -2n, end: -1n } as const
const NO_HEADERS = new Map<Buffer, Buffer>()
const ACKS = { all: ProduceAcks.ALL, leader: ProduceAcks.LEADER } as const

export class PlatformaticClient implements KafkaClient {
  readonly #options: KafkaClientOptions
  readonly #admin: Admin
  readonly #pools = new Map<string, ConnectionPool>()
  readonly #nearest: NearestReplicas

  constructor(options: KafkaClientOptions) {
    this.#options = options
    this.#nearest = new NearestReplicas(options.rack ?? '', () => performance.now())
    this.#admin = new Admin({
      clientId: options.clientId,
      bootstrapBrokers: [...options.brokers],
      ...securityOptions(options.security),
      connectTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      timeout: REPLICATION_TIMEOUT_MS,
      retries: 2,
      retryDelay: 150,
      metadataMaxAge: 60_000, // forgotten at once when a request fails
    })
  }

  async partitionCount(topic: string): Promise<number> {
    try {
      const { topics } = await this.#admin.metadata({ topics: [topic], forceUpdate: true })
      return topics.get(topic)?.partitionsCount ?? 0
    } catch (error) {
      if (error instanceof Error && hasCodeOf(error, 'PLT_KFK_USER')) return 0 // its code for an unknown topic
      throw logFault(error)
    }
  }

  async produce(
    topic: string,
    partition: number,
    messages: readonly KafkaMessage[],
    acks: Acks = 'all',
  ): Promise<number> {
    const records = messages.map(({ key, value, traceparents }) => ({
      topic,
      partition,
      value: (value === null ? null : bufferOf(value)) as Buffer, // its types do not know that null is allowed
      headers: traceparents === undefined ? NO_HEADERS : headersOf(traceparents),
      ...(key !== null && { key: bufferOf(key) }),
    }))
    return this.#ask(async () => {
      const { broker } = await this.#broker(topic, partition)
      const connection = await this.#pool(`produce ${partition % PRODUCE_CONNECTIONS}`).get(broker)
      const reply = await produceV9.api.async(connection, ACKS[acks], REPLICATION_TIMEOUT_MS, records)
      const appended = typeof reply === 'object' ? reply.responses[0]?.partitionResponses[0] : undefined
      if (appended?.index !== partition || appended.baseOffset < 0n) {
        throw unnamed(topic, partition)
      }
      return Number(appended.baseOffset)
    })
  }

  fetch(topic: string, partition: number, fromOffset: number, limit: FetchLimit): Promise<Fetched> {
    const wanted = { topic, partition, fromOffset, limit }
    return this.#nearest.fetch(`${topic} ${partition}`, fromOffset, limit, {
      fetch: (nodeId, rack) => this.#fetchFrom(nodeId, rack, wanted),
      endOffset: () => this.offsetOf(topic, partition, 'end'),
    })
  }

  /** @param nodeId null: the leader */
  #fetchFrom(
    nodeId: number | null,
    rackId: string,
    { topic, partition, fromOffset, limit }: FetchPlace,
  ): Promise<ReplicaAnswer> {
    return this.#ask(async () => {
      const { broker, topicId } = await this.#broker(topic, partition, nodeId)
      const connection = await this.#pool(`fetch ${topic} ${partition}`).get(broker)
      const wanted = {
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(fromOffset),
        lastFetchedEpoch: -1,
        partitionMaxBytes: limit.bytesMax,
      }
      const topics = [{ topicId, partitions: [wanted] }]
      const { waitMs, bytesMax } = limit
      const reply = await fetchV13.api.async(connection, waitMs, 1, bytesMax, 0, 0, -1, topics, [], rackId)
      const fetched = reply.responses[0]?.partitions[0]
      if (fetched?.partitionIndex !== partition) {
        throw unnamed(topic, partition)
      }
      return {
        fetched: readBatches(fetched.records ?? [], fromOffset, Number(fetched.highWatermark)),
        nearest: nodeIdOf(fetched.preferredReadReplica),
      }
    })
  }

  async offsetOf(topic: string, partition: number, query: OffsetQuery): Promise<number> {
    const timestamp = typeof query === 'string' ? PLACES[query] : BigInt(query.timeMs)
    const partitions = [{ partitionIndex: partition, timestamp }]
    const [listed] = await this.#ask(() => this.#admin.listOffsets({ topics: [{ name: topic, partitions }] }))
    const offset = Number(listed?.partitions[0]?.offset ?? -1n)
    return offset >= 0 ? offset : this.offsetOf(topic, partition, 'end')
  }

  async endOffsets(name: string, count: number): Promise<readonly number[]> {
    const partitions = Array.from({ length: count }, (_, partitionIndex) => ({
      ...{ partitionIndex, timestamp: PLACES.end },
    }))
    const [listed] = await this.#ask(() => this.#admin.listOffsets({ topics: [{ name, partitions }] }))
    const ends = new Map(listed?.partitions.map(({ partitionIndex, offset }) => [partitionIndex, offset]))
    return partitions.map(({ partitionIndex }) => {
      const end = ends.get(partitionIndex)
      if (end === undefined || end < 0n) throw unnamed(name, partitionIndex)
      return Number(end)
    })
  }

  async commitOffsets(groupId: string, name: string, offsets: ReadonlyMap<number, number>): Promise<void> {
    const partitionOffsets = Array.from(offsets, ([partition, at]) => ({ partition, offset: BigInt(at) }))
    await this.#ask(() =>
      this.#admin.alterConsumerGroupOffsets({ groupId, topics: [{ name, partitionOffsets }] }),
    )
  }

  async groupMembers(groupId: string): Promise<number> {
    return this.#ask(async () => {
      const [coordinator] = await this.#admin.findCoordinator({
        keyType: FindCoordinatorKeyTypes.GROUP,
        keys: [groupId],
      })
      if (coordinator === undefined)
        throw new LogError('unavailable', `No broker leads the group ${groupId}.`)
      const connection = await this.#pool('groups').get(coordinator)
      // The library's own call fails out of reach of its caller where a member has no assignment yet.
      const { groups } = await describeGroupsV5.api.async(connection, [groupId], false)
      return groups[0]?.members.length ?? 0
    })
  }

  async createTopic({ name, partitions, replicationFactor, configs }: TopicSpec): Promise<void> {
    try {
      await this.#admin.createTopics({
        topics: [name],
        partitions,
        replicas: replicationFactor,
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      })
    } catch (error) {
      if (!hasCode(error, 'TOPIC_ALREADY_EXISTS')) throw logFault(error)
    }
  }

  async growTopic(topic: string, partitions: number): Promise<void> {
    if ((await this.partitionCount(topic)) >= partitions) return
    try {
      const topics = [{ name: topic, count: partitions, assignments: null }]
      await this.#admin.createPartitions({ topics })
    } catch (error) {
      const grownByOthers = hasCode(error, 'INVALID_PARTITIONS')
      if (!grownByOthers) throw logFault(error)
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#admin.close(), ...Array.from(this.#pools.values(), (pool) => pool.close())])
  }

  /** @param nodeId null: the leader */
  async #broker(topic: string, partition: number, nodeId: number | null = null): Promise<Addressed> {
    const { topics, brokers } = await this.#admin.metadata({ topics: [topic] })
    const found = topics.get(topic)
    const broker = brokers.get(nodeId ?? found?.partitions[partition]?.leader ?? -1)
    if (found === undefined || broker === undefined) {
      const which = nodeId === null ? 'a leader' : `the replica ${nodeId}`
      throw new LogError('unavailable', `Partition ${partition} of ${topic} has not ${which} now.`)
    }
    return { broker, topicId: found.id }
  }

  #pool(name: string): ConnectionPool {
    let pool = this.#pools.get(name)
    if (pool === undefined) {
      pool = new ConnectionPool(this.#options.clientId, {
        connectTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS + FETCH_WAIT_MS_MAX,
        maxInflights: 64,
        ...securityOptions(this.#options.security),
      })
      this.#pools.set(name, pool)
    }
    return pool
  }

  /** After a failure, the metadata of the cluster is fetched again. */
  async #ask<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      const fault = logFault(error)
      if (fault.code !== 'offset_out_of_range') this.#admin.clearMetadata()
      throw fault
    }
  }
}

/** Equal names are different keys: each is a header of its own. */
function headersOf(traceparents: readonly string[]): Map<Buffer, Buffer> {
  return new Map(traceparents.map((text) => [Buffer.from(TRACEPARENT_HEADER), Buffer.from(text)]))
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function unnamed(topic: string, partition: number): LogError {
  return new LogError('unavailable', `The reply does not name partition ${partition} of ${topic}.`)
}
