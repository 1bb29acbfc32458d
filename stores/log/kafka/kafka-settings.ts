// Where Kafka is and what its topics are called.
import type { SettingsReader } from '../../../lib/settings-reader.ts'

const CLIENTS = ['platformatic', 'kafkajs'] as const

export type KafkaSettings = {
  /** host:port of some brokers; the others are found through them. */
  readonly brokers: readonly string[]
  readonly client: (typeof CLIENTS)[number]
  /** The first part of every topic's name. */
  readonly prefix: string
  /** The consumer group by which processing instances share the sources. */
  readonly group: string
}

export function readKafkaSettings(read: SettingsReader): KafkaSettings {
  return {
    brokers: read.text('KAFKA_BROKERS', '127.0.0.1:19092').split(',').filter(Boolean),
    client: read.oneOf('KAFKA_CLIENT', 'platformatic', CLIENTS),
    prefix: read.text('KAFKA_PREFIX', 'tally'),
    group: read.text('KAFKA_GROUP', 'tally-processing'),
  }
}
