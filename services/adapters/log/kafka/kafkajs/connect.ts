// How kafkajs is set up, and the way to its brokers.
import kafkajs, { type Cluster, type Kafka } from 'kafkajs'
import { CONNECT_TIMEOUT_MS, type KafkaClientOptions, REQUEST_TIMEOUT_MS } from '../kafka-client.ts'

export function newKafka({ brokers, clientId }: KafkaClientOptions): Kafka {
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: 2, initialRetryTime: 150 },
    logLevel: kafkajs.logLevel.NOTHING, // every fault is thrown
  })
}

/**
 * A cluster with connections of its own, yet to be connected. Assigners of partitions are handed the cluster of their
 * consumer: that is how to get one without a consumer that runs.
 */
export function newCluster(kafka: Kafka): Cluster {
  const handed: Cluster[] = []
  kafka.consumer({
    groupId: 'never-joined',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        handed.push(cluster)
        return {
          name: 'none',
          version: 0,
          assign: async () => [],
          protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
        }
      },
    ],
  })
  return handed[0]!
}
