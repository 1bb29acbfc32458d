// The log contract on a real broker, with each client library.
import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Admin } from '@platformatic/kafka'
import { systemClock } from '../../../lib/system-clock.ts'
import { testBrokers } from '../../../testing/kafka-brokers.ts'
import type { Source } from '../log.ts'
import { logContract } from '../log-contract.ts'
import { createTopics } from './create-topics.ts'
import type { KafkaClient } from './kafka-client.ts'
import { CLIENTS } from './kafka-clients.ts'
import { openKafkaLog } from './kafka-log.ts'

const brokers = testBrokers()
const admin = new Admin({ clientId: 'tally-test', bootstrapBrokers: brokers })
after(() => admin.close())

for (const [name, newClient] of Object.entries(CLIENTS)) {
  const client = newClient({ brokers, clientId: 'tally-test' })
  after(() => client.close())
  logContract(`The log on Kafka through ${name}`, (partitions) => open(client, partitions))
}

async function open(client: KafkaClient, partitions: number) {
  const prefix = `test-${randomBytes(6).toString('hex')}`
  const grow = (count: number) =>
    createTopics({ ...SETTINGS, client, clock: systemClock, prefix, partitions: count, newIncarnation })
  await grow(partitions)
  const log = await openKafkaLog({ client, clock: systemClock, prefix })
  return {
    log,
    passTime: () => sleep(1_100),
    growPartitions: async (count: number) => {
      await grow(count)
    },
    trim: async ({ lane, partition }: Source, offset: number) => {
      const topics = [{ name: log.topicOf(lane), partitions: [{ partition, offset: BigInt(offset) }] }]
      await admin.deleteRecords({ topics })
    },
    close: async () => log.close(),
  }
}

const SETTINGS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 3_600_000, retentionBytes: -1 }

function newIncarnation(): string {
  return randomBytes(4).toString('hex')
}
