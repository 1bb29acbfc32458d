// Where Kafka is and what its topics are called.
import { MIB } from '../../../lib/byte-units.ts'
import type { SettingsReader } from '../../../lib/settings-reader.ts'
import type { Acks } from './kafka-client.ts'
import { type KafkaSecurity, readKafkaSecurity } from './kafka-security.ts'

const CLIENTS = ['platformatic', 'kafkajs'] as const

export type KafkaSettings = {
  /** host:port of some brokers; the others are found through them. */
  readonly brokers: readonly string[]
  readonly client: (typeof CLIENTS)[number]
  readonly security: KafkaSecurity
  /** The first part of every topic's name. */
  readonly prefix: string
  /** Where the process is, as brokers name it; '': records come from the leader of their partition. */
  readonly rack: string
  /** The consumer group by which processing instances share the sources. */
  readonly group: string
  /** Of what the process appends to the log; `all` by default. */
  readonly acks?: Acks
}

export function readKafkaSettings(read: SettingsReader): KafkaSettings {
  return {
    brokers: read.text('KAFKA_BROKERS', '127.0.0.1:19092').split(',').filter(Boolean),
    client: read.oneOf('KAFKA_CLIENT', 'platformatic', CLIENTS),
    security: readKafkaSecurity(read),
    prefix: read.text('KAFKA_PREFIX', 'tally'),
    rack: read.text('KAFKA_CLIENT_RACK', ''),
    group: read.text('KAFKA_GROUP', 'tally-processing'),
  }
}

/** Who must have an accepted event: of the front door alone, for which it decides what an answer of 202 promises. */
export function readAcks(read: SettingsReader): Acks {
  return read.oneOf('KAFKA_ACKS', 'all', ['all', 'leader'])
}

/** For topics that are made: what a partition may take at most. */
export function readPartitionBytesMax(read: SettingsReader): number {
  return read.wholeNumber('RAW_MIB_PER_PARTITION_MAX', 64 * 1024, { least: 64, most: 1 << 30 }) * MIB
}

/** For topics that are made. */
export function readTopicReplicas(read: SettingsReader) {
  const replicationFactor = read.wholeNumber('KAFKA_REPLICATION', 3, { least: 1, most: 9 })
  const fallback = Math.max(1, replicationFactor - 1)
  const minInSyncReplicas = read.wholeNumber('KAFKA_MIN_INSYNC_REPLICAS', fallback, { least: 1, most: 9 })
  if (minInSyncReplicas > replicationFactor)
    read.refuse(
      `KAFKA_MIN_INSYNC_REPLICAS is ${minInSyncReplicas}, but KAFKA_REPLICATION ${replicationFactor}`,
    )
  return { replicationFactor, minInSyncReplicas }
}
