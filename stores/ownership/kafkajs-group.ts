// A member of a consumer group through kafkajs. It only heartbeats while it consumes, so it consumes with every
// partition paused: it fetches nothing, and never waits for processing.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../lib/clock.ts'
import { OwnKafka } from '../log/kafka/kafkajs/connect.ts'
import { GroupOwnership, type MemberEvents, type Membership } from './group-ownership.ts'
import { GROUP_TIMING, type GroupOptions, LEAVE_TIMEOUT_MS } from './group-settings.ts'

export function kafkajsOwnership(options: GroupOptions & { readonly clock: Clock }): GroupOwnership {
  return new GroupOwnership(options, (topic, events) => join(options, topic, events))
}

async function join(options: GroupOptions, topic: string, events: MemberEvents): Promise<Membership> {
  const { groupId, onTrouble, timing = GROUP_TIMING } = options
  const kafka = new OwnKafka(options)
  const consumer = kafka.kafka.consumer({
    groupId,
    sessionTimeout: timing.sessionTimeoutMs,
    heartbeatInterval: timing.heartbeatMs,
    rebalanceTimeout: timing.rebalanceTimeoutMs,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 500,
    retry: { retries: 3, restartOnFailure: async () => false },
  })
  let lost = false
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const partitions = payload.memberAssignment[topic] ?? []
    consumer.pause([{ topic, partitions }])
    events.assigned(partitions)
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    lost = true
    onTrouble(payload.error)
  })
  const leave = async () => {
    await Promise.race([consumer.disconnect().catch(onTrouble), sleep(LEAVE_TIMEOUT_MS)])
    kafka.destroySockets()
  }
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatch: async () => {} })
  } catch (error) {
    await leave()
    throw error
  }
  return { isAlive: () => !lost, leave }
}
