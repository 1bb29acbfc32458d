// A member of a consumer group through @platformatic/kafka. Cooperative and sticky: a rebalance moves as few sources
// as possible, and counting of the others continues meanwhile. Heartbeats have timers of their own.
import { setTimeout as sleep } from 'node:timers/promises'
import { COOPERATIVE_STICKY_ASSIGNOR, Consumer } from '@platformatic/kafka'
import type { Clock } from '../../lib/clock.ts'
import { CONNECT_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from '../log/kafka/kafka-client.ts'
import { securityOptions } from '../log/kafka/platformatic/security.ts'
import { GroupOwnership, type MemberEvents, type Membership } from './group-ownership.ts'
import { GROUP_TIMING, type GroupOptions, LEAVE_TIMEOUT_MS } from './group-settings.ts'

export function platformaticOwnership(options: GroupOptions & { readonly clock: Clock }): GroupOwnership {
  return new GroupOwnership(options, (topic, events) => join(options, topic, events))
}

async function join(options: GroupOptions, topic: string, events: MemberEvents): Promise<Membership> {
  const { brokers, clientId, security, groupId, onTrouble, timing = GROUP_TIMING } = options
  const { sessionTimeoutMs, heartbeatMs, rebalanceTimeoutMs } = timing
  const consumer = new Consumer({
    clientId,
    groupId,
    bootstrapBrokers: [...brokers],
    ...securityOptions(security),
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: rebalanceTimeoutMs + REQUEST_TIMEOUT_MS, // joining waits for the other members
    retries: 3,
    retryDelay: 250,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    rebalanceTimeout: rebalanceTimeoutMs,
    protocols: [{ name: COOPERATIVE_STICKY_ASSIGNOR, version: 3 }],
  })
  let lost = false
  consumer.on('consumer:group:join', () => {
    const own = consumer.assignments?.find((assignment) => assignment.topic === topic)
    events.assigned(own?.partitions ?? [])
  })
  consumer.on('error', (error: unknown) => {
    if (lost) return
    lost = true // a rejoin has failed, and the library does not try again
    onTrouble(error)
  })
  const leave = async () => {
    lost = true
    await Promise.race([leaveAndClose(consumer).catch(onTrouble), sleep(LEAVE_TIMEOUT_MS)])
  }
  consumer.topics.track(topic)
  try {
    await consumer.joinGroup({})
  } catch (error) {
    await leave()
    throw error
  }
  return { isAlive: () => !lost, leave }
}

/** `close` alone would let a heartbeat in flight start the next one. */
async function leaveAndClose(consumer: Consumer): Promise<void> {
  try {
    await consumer.leaveGroup(true)
  } finally {
    await consumer.close(true)
  }
}
