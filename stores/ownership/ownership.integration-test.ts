// The ownership contract on a real broker, with each client library.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { after } from 'node:test'
import { systemClock } from '../../lib/system-clock.ts'
import { testBrokers } from '../../testing/kafka-brokers.ts'
import type { MemberArguments } from '../../testing/member-until-killed.ts'
import { createTopics } from '../log/kafka/create-topics.ts'
import type { ClientName } from '../log/kafka/kafka-clients.ts'
import { openKafkaLog } from '../log/kafka/kafka-log.ts'
import { PlatformaticClient } from '../log/kafka/platformatic/platformatic-client.ts'
import { OWNERSHIPS } from './kafka-ownership.ts'
import { ownershipContract } from './ownership-contract.ts'

const brokers = testBrokers()
const client = new PlatformaticClient({ brokers, clientId: 'tally-test' })
after(() => client.close())

const SETTINGS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 3_600_000, retentionBytes: -1 }
const timing = { sessionTimeoutMs: 6_000, heartbeatMs: 200, rebalanceTimeoutMs: 6_000, watchMs: 250 }

for (const name of Object.keys(OWNERSHIPS) as ClientName[]) {
  ownershipContract(`A group through ${name}`, async (partitions) => {
    const groupId = `test-${randomBytes(6).toString('hex')}`
    const create = (count: number) =>
      createTopics({
        ...SETTINGS,
        client,
        clock: systemClock,
        prefix: groupId,
        partitions: count,
        newIncarnation,
      })
    await create(partitions)
    const log = await openKafkaLog({ client, clock: systemClock, prefix: groupId })
    const options = {
      brokers,
      clientId: 'tally-test',
      groupId,
      log,
      clock: systemClock,
      timing,
      onTrouble: console.error,
    }
    return {
      sources: await log.sources('events'),
      member: () => OWNERSHIPS[name](options),
      mortalMember: () => spawnMember({ name, brokers, groupId, prefix: groupId, timing }),
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

async function spawnMember(member: MemberArguments): Promise<() => Promise<void>> {
  const script = new URL('../../testing/member-until-killed.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script, JSON.stringify(member)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const owns = await Promise.race([once(child.stdout, 'data'), exited.then(() => null)])
  if (owns === null) throw new Error('a member ended before it owned anything')
  return async () => {
    child.kill('SIGKILL')
    await exited
  }
}
