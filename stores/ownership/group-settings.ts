// What both client libraries are told about the group that shares the sources.

import type { KafkaClientOptions } from '../log/kafka/kafka-client.ts'
import type { KafkaLog } from '../log/kafka/kafka-log.ts'
import type { Lane } from '../log/log.ts'

export type GroupOptions = KafkaClientOptions & {
  readonly groupId: string
  readonly log: KafkaLog
  /** Whose sources are shared; left out, those of events in time. */
  readonly lane?: Lane
  /** Membership was lost or could not be had; it is tried again. */
  readonly onTrouble: (error: unknown) => void
  readonly timing?: GroupTiming
}

export type GroupTiming = {
  /** A member that is silent for so long is gone. */
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  /** For all members to come together; those that don't are left out. */
  readonly rebalanceTimeoutMs: number
  /** How often to look whether the topic has grown, and whether the membership still stands. */
  readonly watchMs: number
}

export const GROUP_TIMING: GroupTiming = {
  sessionTimeoutMs: 10_000,
  heartbeatMs: 3_000,
  rebalanceTimeoutMs: 10_000,
  watchMs: 5_000,
}

/** For a member to leave politely; after that its session has to run out. */
export const LEAVE_TIMEOUT_MS = 2_000
