// The topics of a log: their names and settings. Pure.

import { partitionsOf } from '../lanes.ts'
import type { Lane } from '../log.ts'
import type { TopicSpec } from './kafka-client.ts'

export type TopicSettings = {
  /** The partitions of each lane, except dead letters. */
  readonly partitions: number
  readonly replicationFactor: number
  /** How many replicas hold a record before it is acknowledged. */
  readonly minInSyncReplicas: number
  readonly retentionMs: number
  /** For each partition; -1 means no limit. */
  readonly retentionBytes: number
}

/** Room for several records of the partitioner in one batch, and for the largest that it makes. */
const BATCH_BYTES_MAX = 8 << 20
/** Kafka takes no less. */
const SEGMENT_BYTES_MIN = 1 << 20

/** One topic for each incarnation, so that their offsets are never confused. */
export function topicOf(prefix: string, lane: Lane, incarnation: string): string {
  return `${prefix}.${lane}.${incarnation}`
}

/** Which incarnation is current, the layouts, and the key of names; outlives incarnations. */
export function metaTopicOf(prefix: string): string {
  return `${prefix}.meta`
}

/** All of the topic of videos: what is later wins, everywhere. */
export const VIDEOS_PARTITION = 0

/** The latest metadata of each video; outlives incarnations. */
export function videosTopicOf(prefix: string): string {
  return `${prefix}.videos`
}

/** Up to when each partitioner has handed over what it acknowledged; outlives incarnations. */
export function watermarksTopicOf(prefix: string): string {
  return `${prefix}.watermarks`
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

/** For the topics that outlive incarnations: the latest message of each key is kept. */
export function compactedSpec(
  name: string,
  settings: TopicSettings,
  configs: Readonly<Record<string, string>> = {},
): TopicSpec {
  const { replicationFactor } = settings
  return {
    name,
    partitions: 1,
    replicationFactor,
    configs: { ...durability(settings), 'cleanup.policy': 'compact', ...configs },
  }
}

/**
 * Whoever begins to read it reads it whole: segments are small, because the current one is never compacted. What was
 * told in the last minutes is kept, for whoever begins to read while the counts are behind.
 */
export function watermarksSpec(prefix: string, settings: TopicSettings): TopicSpec {
  return compactedSpec(watermarksTopicOf(prefix), settings, {
    'segment.bytes': String(SEGMENT_BYTES_MIN),
    'min.compaction.lag.ms': '600000',
  })
}

function durability({ minInSyncReplicas }: TopicSettings): Record<string, string> {
  return {
    'message.timestamp.type': 'LogAppendTime', // log time is a fact of the log (law 1)
    'min.insync.replicas': String(minInSyncReplicas),
    'unclean.leader.election.enable': 'false',
    'compression.type': 'producer',
  }
}
