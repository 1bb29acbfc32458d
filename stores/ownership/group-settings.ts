// The settings of the consumer group for both client libraries.

import type { KafkaClientOptions } from '../log/kafka/kafka-client.ts'
import type { KafkaLog } from '../log/kafka/kafka-log.ts'
import type { Lane } from '../log/log.ts'

export type GroupOptions = KafkaClientOptions & {
  readonly groupId: string
  readonly log: Pick<KafkaLog, 'sources' | 'topicOf'>
  /** The lane whose sources are shared; default: events in time. */
  readonly lane?: Lane
  /** Membership was lost or joining failed; it is retried. */
  readonly onTrouble: (error: unknown) => void
  readonly timing?: GroupTiming
}

export type GroupTiming = {
  /** A member that is silent for this long counts as gone. */
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  /** The time for all members to rejoin; those that do not are left out. */
  readonly rebalanceTimeoutMs: number
  /** How often to check whether the topic has grown, and whether the membership is still valid. */
  readonly watchMs: number
}

export const GROUP_TIMING: GroupTiming = {
  sessionTimeoutMs: 10_000,
  heartbeatMs: 3_000,
  rebalanceTimeoutMs: 10_000,
  watchMs: 5_000,
}

/** The time for a member to leave in order; after that its session has to expire. */
export const LEAVE_TIMEOUT_MS = 2_000
