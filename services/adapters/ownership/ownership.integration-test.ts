// The ownership contract on a real broker, with each client library.
import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import { systemClock } from '../../process/system-clock.ts'
import { createTopics } from '../log/kafka/create-topics.ts'
import { openKafkaLog } from '../log/kafka/kafka-log.ts'
import { PlatformaticClient } from '../log/kafka/platformatic/platformatic-client.ts'
import { testBrokers } from '../log/kafka/test-brokers.ts'
import { kafkajsOwnership } from './kafkajs-group.ts'
import { ownershipContract } from './ownership-contract.ts'
import { platformaticOwnership } from './platformatic-group.ts'

const brokers = testBrokers()
const client = new PlatformaticClient({ brokers, clientId: 'tally-test' })
after(() => client.close())

const SETTINGS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 3_600_000, retentionBytes: -1 }
const timing = { sessionTimeoutMs: 6_000, heartbeatMs: 200, rebalanceTimeoutMs: 6_000, watchMs: 250 }

for (const [name, newOwnership] of Object.entries({ platformaticOwnership, kafkajsOwnership })) {
  ownershipContract(`A group through ${name}`, async (partitions) => {
    const groupId = `test-${randomBytes(6).toString('hex')}`
    const create = (count: number) =>
      createTopics({ ...SETTINGS, client, clock: systemClock, prefix: groupId, partitions: count, newIncarnation })
    await create(partitions)
    const log = await openKafkaLog({ client, clock: systemClock, prefix: groupId })
    const options = { brokers, clientId: 'tally-test', groupId, log, clock: systemClock, timing, onTrouble: console.error }
    return {
      sources: await log.sources('events'),
      member: () => newOwnership(options),
      grow: async (count) => {
        await create(count)
        return log.sources('events')
      },
      close: async () => log.close(),
    }
  })
}

function newIncarnation(): string {
  return randomBytes(4).toString('hex')
}
