// Kafka through kafkajs. Its producer and consumer lose records after faults (a retry skips a partition that moved;
// an offset out of range silently becomes the end), so requests go to its brokers directly, one at a time.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Cluster } from 'kafkajs'
import { inTime } from '../../../../lib/in-time.ts'
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
import { newCluster, OwnKafka } from './connect.ts'
import { hasType, logFault } from './faults.ts'
import { type FetchReply, toFetched } from './fetched.ts'

type ProduceReply = {
  readonly topics: readonly { readonly partitions: readonly { partition: number; baseOffset: string }[] }[]
}

type Client = { connect(): Promise<void>; disconnect(): Promise<void> }

type Connection = { readonly kafka: OwnKafka; readonly client: Client; readonly connected: Promise<void> }

/** A broker answers the requests of a connection one after the other: partitions share so many for appends. */
const PRODUCE_CONNECTIONS = 4
/** The deadline to connect, find the leader, and get its answer. */
const ASK_TIMEOUT_MS = CONNECT_TIMEOUT_MS + REQUEST_TIMEOUT_MS + FETCH_WAIT_MS_MAX
/** The deadline for outstanding answers. */
const DISCONNECT_TIMEOUT_MS = 500
const ACKS = { all: -1, leader: 1 } as const
const READ_UNCOMMITTED = 0

export class KafkajsClient implements KafkaClient {
  readonly #options: KafkaClientOptions
  readonly #open = new Map<string, Connection>()
  readonly #nearest: NearestReplicas

  constructor(options: KafkaClientOptions) {
    this.#options = options
    this.#nearest = new NearestReplicas(options.rack ?? '', () => performance.now())
  }

  partitionCount(topic: string): Promise<number> {
    return this.#admin(async (admin) => {
      try {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
        return topics[0]?.partitions.length ?? 0
      } catch (error) {
        if (hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return 0
        throw error
      }
    })
  }

  produce(
    topic: string,
    partition: number,
    messages: readonly KafkaMessage[],
    acks: Acks = 'all',
  ): Promise<number> {
    return this.#cluster(`produce ${partition % PRODUCE_CONNECTIONS}`, topic, async (cluster) => {
      const broker = await leaderOf(cluster, topic, partition)
      const reply: ProduceReply = await broker.produce({
        acks: ACKS[acks],
        timeout: REPLICATION_TIMEOUT_MS,
        topicData: [{ topic, partitions: [{ partition, firstSequence: 0, messages: messages.map(toSend) }] }],
      })
      const appended = reply.topics[0]?.partitions[0]
      if (appended?.partition !== partition || !(Number(appended.baseOffset) >= 0))
        throw unnamed(topic, partition)
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
    return this.#cluster(`fetch ${topic} ${partition}`, topic, async (cluster) => {
      const broker =
        nodeId === null
          ? await leaderOf(cluster, topic, partition)
          : await cluster.findBroker({ nodeId: String(nodeId) })
      const wanted = { partition, fetchOffset: String(fromOffset), maxBytes: limit.bytesMax }
      const reply: FetchReply = await broker.fetch({
        isolationLevel: READ_UNCOMMITTED,
        maxWaitTime: limit.waitMs,
        minBytes: 1,
        maxBytes: limit.bytesMax,
        topics: [{ topic, partitions: [wanted] }],
        rackId,
      })
      const fetched = reply.responses[0]?.partitions[0]
      if (fetched?.partition !== partition) throw unnamed(topic, partition)
      return { fetched: toFetched(fetched, fromOffset), nearest: nodeIdOf(fetched.preferredReadReplica) }
    })
  }

  offsetOf(topic: string, partition: number, query: OffsetQuery): Promise<number> {
    return this.#cluster('ask', topic, async (cluster) => {
      const offset = await listOffset(cluster, topic, partition, query)
      return offset >= 0 ? offset : listOffset(cluster, topic, partition, 'end')
    })
  }

  endOffsets(topic: string, count: number): Promise<readonly number[]> {
    return this.#cluster('ask', topic, async (cluster) => {
      const partitions = Array.from({ length: count }, (_, partition) => ({ partition }))
      const [listed] = await cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning: false }])
      const ends = new Map(listed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
      return partitions.map(({ partition }) => {
        const end = ends.get(partition)
        if (end === undefined || !(end >= 0)) throw unnamed(topic, partition)
        return end
      })
    })
  }

  commitOffsets(groupId: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void> {
    const partitions = Array.from(offsets, ([partition, at]) => ({ partition, offset: String(at) }))
    return this.#ask('offsets', newCluster, async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId })
      const nobody = { groupGenerationId: -1, memberId: '' }
      await coordinator.offsetCommit({ groupId, ...nobody, topics: [{ topic, partitions }] })
    })
  }

  groupMembers(groupId: string): Promise<number> {
    return this.#admin(async (admin) => {
      const { groups } = await admin.describeGroups([groupId])
      return groups.find((group) => group.groupId === groupId)?.members.length ?? 0
    })
  }

  createTopic({ name, partitions, replicationFactor, configs }: TopicSpec): Promise<void> {
    const configEntries = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
    const topic = { topic: name, numPartitions: partitions, replicationFactor, configEntries }
    return this.#admin(async (admin) => {
      // resolves with false where it exists
      await admin.createTopics({ topics: [topic], timeout: REPLICATION_TIMEOUT_MS, waitForLeaders: false })
    })
  }

  async growTopic(topic: string, partitions: number): Promise<void> {
    if ((await this.partitionCount(topic)) >= partitions) return
    await this.#admin(async (admin) => {
      try {
        await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] })
      } catch (error) {
        const grownByOthers = hasType(error, 'INVALID_PARTITIONS')
        if (!grownByOthers) throw error
      }
    })
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#open.keys(), (name) => this.#forget(name)))
  }

  #admin<T>(request: (admin: Admin) => Promise<T>): Promise<T> {
    return this.#ask('admin', ({ kafka }) => kafka.admin(), request)
  }

  #cluster<T>(name: string, topic: string, request: (cluster: Cluster) => Promise<T>): Promise<T> {
    return this.#ask(name, newCluster, async (cluster) => {
      await cluster.addTargetTopic(topic) // asks for its leaders, the first time
      return request(cluster)
    })
  }

  /** A connection that has failed once is dropped, with all its metadata. */
  async #ask<C extends Client, T>(
    name: string,
    make: (kafka: OwnKafka) => C,
    request: (client: C) => Promise<T>,
  ): Promise<T> {
    let connection = this.#open.get(name)
    if (connection === undefined) {
      const kafka = new OwnKafka(this.#options)
      const client = make(kafka)
      connection = { kafka, client, connected: client.connect() }
      this.#open.set(name, connection)
    }
    const { client, connected } = connection
    try {
      return await answerInTime(connected.then(() => request(client as C)))
    } catch (error) {
      const fault = logFault(error)
      if (fault.code !== 'offset_out_of_range' && this.#open.get(name) === connection) void this.#forget(name)
      throw fault
    }
  }

  /** kafkajs waits for every answer before it disconnects, possibly for ever. */
  async #forget(name: string): Promise<void> {
    const { kafka, client } = this.#open.get(name)!
    this.#open.delete(name)
    const disconnecting = client.disconnect().catch(() => {}) // the sockets are closed either way
    await Promise.race([disconnecting, sleep(DISCONNECT_TIMEOUT_MS)])
    kafka.destroySockets()
  }
}

/** kafkajs has a timer for this, which it leaves behind when a connection fails. */
function answerInTime<T>(answer: Promise<T>): Promise<T> {
  const late = () => new LogError('unavailable', `Kafka did not answer within ${ASK_TIMEOUT_MS} ms.`)
  return inTime(answer, ASK_TIMEOUT_MS, late)
}

async function leaderOf(cluster: Cluster, topic: string, partition: number) {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
  if (nodeId === undefined)
    throw new LogError('unavailable', `Partition ${partition} of ${topic} has no leader.`)
  return cluster.findBroker({ nodeId })
}

async function listOffset(
  cluster: Cluster,
  topic: string,
  partition: number,
  query: OffsetQuery,
): Promise<number> {
  const place =
    typeof query === 'string' ? { fromBeginning: query === 'start' } : { fromTimestamp: query.timeMs }
  const [listed] = await cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], ...place }])
  const found = listed?.partitions.find((candidate) => candidate.partition === partition)
  if (found === undefined) throw unnamed(topic, partition)
  return Number(found.offset)
}

function toSend({ key, value, traceparents }: KafkaMessage) {
  return {
    key: key === null ? null : bufferOf(key),
    value: value === null ? null : bufferOf(value),
    ...(traceparents && { headers: { [TRACEPARENT_HEADER]: [...traceparents] } }),
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function unnamed(topic: string, partition: number): LogError {
  return new LogError('unavailable', `The reply does not name partition ${partition} of ${topic}.`)
}
