// The topics of a log: their names and how they are set up. Pure.

import { partitionsOf } from '../lanes.ts'
import type { Lane } from '../log.ts'
import type { TopicSpec } from './kafka-client.ts'

export type TopicSettings = {
  /** Of the on-time and late lanes each. */
  readonly partitions: number
  readonly replicationFactor: number
  /** So many replicas hold a record before it is acknowledged. */
  readonly minInSyncReplicas: number
  readonly retentionMs: number
  /** Of each partition; -1 is without limit. */
  readonly retentionBytes: number
}

/** Room for several records of the partitioner in one batch, and for the largest that it makes. */
const BATCH_BYTES_MAX = 8 << 20

/** One topic for each incarnation, so that the offsets of two are never mixed up. */
export function topicOf(prefix: string, lane: Lane, incarnation: string): string {
  return `${prefix}.${lane}.${incarnation}`
}

/** Which incarnation is current, the layouts, and the key of names; outlives incarnations. */
export function metaTopicOf(prefix: string): string {
  return `${prefix}.meta`
}

/** What is known of videos, the latest of each; outlives incarnations. */
export function videosTopicOf(prefix: string): string {
  return `${prefix}.videos`
}

export function laneSpec(name: string, lane: Lane, settings: TopicSettings): TopicSpec {
  const { partitions, replicationFactor, retentionMs, retentionBytes } = settings
  return {
    name,
    partitions: partitionsOf(lane, partitions),
    replicationFactor,
    configs: {
      ...durability(settings),
      'cleanup.policy': 'delete',
      'retention.ms': String(retentionMs),
      'retention.bytes': String(retentionBytes),
      'max.message.bytes': String(BATCH_BYTES_MAX),
    },
  }
}

/** For the topics that outlive incarnations: of each key the latest message stays. */
export function compactedSpec(name: string, settings: TopicSettings): TopicSpec {
  const { replicationFactor } = settings
  return {
    name,
    partitions: 1,
    replicationFactor,
    configs: { ...durability(settings), 'cleanup.policy': 'compact' },
  }
}

function durability({ minInSyncReplicas }: TopicSettings): Record<string, string> {
  return {
    'message.timestamp.type': 'LogAppendTime', // log time is a fact of the log (law 1)
    'min.insync.replicas': String(minInSyncReplicas),
    'unclean.leader.election.enable': 'false',
    'compression.type': 'producer',
  }
}
