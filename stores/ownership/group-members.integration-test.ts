// Who is in a consumer group, as either client library tells it on a real broker.
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../lib/system-clock.ts'
import { testBrokers } from '../../testing/kafka-brokers.ts'
import { createTopics } from '../log/kafka/create-topics.ts'
import { CLIENTS, type ClientName } from '../log/kafka/kafka-clients.ts'
import { openKafkaLog } from '../log/kafka/kafka-log.ts'
import { OWNERSHIPS } from './kafka-ownership.ts'

const SETTINGS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 3_600_000, retentionBytes: -1 }
const LOOK_MS = 200

const brokers = testBrokers()

for (const name of Object.keys(CLIENTS) as ClientName[]) {
  test(`${name} tells how many members a group has`, async () => {
    const client = CLIENTS[name]({ brokers, clientId: 'tally-test' })
    after(() => client.close())
    const prefix = `test-${randomBytes(6).toString('hex')}`
    const newIncarnation = () => randomBytes(4).toString('hex')
    await createTopics({ ...SETTINGS, client, clock: systemClock, prefix, partitions: 2, newIncarnation })
    const log = await openKafkaLog({ client, clock: systemClock, prefix })
    after(() => log.close())
    const until = async (members: number) => {
      while ((await client.groupMembers(prefix).catch(() => -1)) !== members) await sleep(LOOK_MS)
    }
    await until(0)
    const common = {
      brokers,
      clientId: 'tally-test',
      groupId: prefix,
      log,
      clock: systemClock,
      onTrouble() {},
    }
    const [first, second] = [OWNERSHIPS.platformatic(common), OWNERSHIPS[name](common)]
    await first.claim(() => {})
    await until(1)
    if (name === 'platformatic') {
      await second.claim(() => {})
      await until(2)
    }
    await Promise.all([first.close(), second.close()])
    await until(0)
  })
}
