// Offsets that either client library commits for a group can be seen, on a real broker.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { systemClock } from '../../../lib/system-clock.ts'
import { testBrokers } from '../../../testing/kafka-brokers.ts'
import { createTopics } from './create-topics.ts'
import { CLIENTS } from './kafka-clients.ts'
import { openKafkaLog } from './kafka-log.ts'

const SETTINGS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 3_600_000, retentionBytes: -1 }

const brokers = testBrokers()
const admin = new Admin({ clientId: 'tally-test', bootstrapBrokers: brokers })
after(() => admin.close())

for (const [name, newClient] of Object.entries(CLIENTS)) {
  test(`offsets noted through ${name} are there to be seen, and may change either way`, async () => {
    const client = newClient({ brokers, clientId: 'tally-test' })
    after(() => client.close())
    const prefix = `test-${randomBytes(6).toString('hex')}`
    const newIncarnation = () => randomBytes(4).toString('hex')
    await createTopics({ ...SETTINGS, client, clock: systemClock, prefix, partitions: 3, newIncarnation })
    const log = await openKafkaLog({ client, clock: systemClock, prefix })
    after(() => log.close())
    const topic = log.topicOf('events')
    const seen = async () => {
      const [group] = await admin.listConsumerGroupOffsets({ groups: [prefix] })
      const { partitions } = group!.topics.find((candidate) => candidate.name === topic)!
      return new Map(partitions.map((at) => [at.partitionIndex, Number(at.committedOffset)]))
    }
    const commit = (offsets: Map<number, number>) =>
      committed(() => client.commitOffsets(prefix, topic, offsets))
    await commit(new Map([[0, 7]]))
    await commit(new Map([[2, 5]]))
    assert.deepEqual(
      await seen(),
      new Map([
        [0, 7],
        [2, 5],
      ]),
    )
    await commit(
      new Map([
        [0, 6],
        [2, 9],
      ]),
    )
    assert.deepEqual(
      await seen(),
      new Map([
        [0, 6],
        [2, 9],
      ]),
    )
  })
}

/** A broker that has just started has no coordinator yet. */
async function committed(commit: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await commit()
    } catch (error) {
      if ((error as { code?: string }).code !== 'unavailable') throw error
      await systemClock.sleep(100)
    }
  }
}
