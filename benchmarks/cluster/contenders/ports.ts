// The log and the counts of a run: separate topics and a separate keyspace on the real servers.
import { randomBytes } from 'node:crypto'
import { SettingsReader } from '../../../lib/settings-reader.ts'
import { systemClock } from '../../../lib/system-clock.ts'
import { type CassandraStores, openCassandraStores } from '../../../stores/backing/open-cassandra-stores.ts'
import {
  type CassandraSettings,
  readCassandraSettings,
} from '../../../stores/cassandra/cassandra-settings.ts'
import { connect } from '../../../stores/cassandra/connect.ts'
import { migrate } from '../../../stores/counts/cassandra/migrate.ts'
import { createTopics } from '../../../stores/log/kafka/create-topics.ts'
import { CLIENTS, type ClientName } from '../../../stores/log/kafka/kafka-clients.ts'
import { type KafkaLog, openKafkaLog } from '../../../stores/log/kafka/kafka-log.ts'
import { topicOf } from '../../../stores/log/kafka/topics.ts'

export type LogPlace = {
  readonly client: ClientName
  readonly brokers: readonly string[]
  /** The prefix of its topics' names. */
  readonly prefix: string
}

const clock = systemClock
const TOPIC_SETTINGS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: -1, retentionBytes: -1 }
const CONNECT_DEPS = {
  clock,
  random: Math.random,
  onRetry: (what: string, attempt: number, error: unknown) =>
    console.error(`could not ${what} (attempt ${attempt}):`, error),
}

/** Returns the name of the topic with the events. */
export async function makeTopics({ client, brokers, prefix }: LogPlace, partitions: number): Promise<string> {
  const kafka = CLIENTS[client]({ brokers, clientId: prefix })
  const newIncarnation = () => randomBytes(4).toString('hex')
  const made = await createTopics({
    ...TOPIC_SETTINGS,
    client: kafka,
    clock,
    prefix,
    partitions,
    newIncarnation,
  })
  await kafka.close()
  return topicOf(prefix, 'events', made.incarnation)
}

/** Calls `use` with the log, and closes it after that. */
export async function withLog<T>(place: LogPlace, use: (log: KafkaLog) => Promise<T>): Promise<T> {
  const client = CLIENTS[place.client]({ brokers: place.brokers, clientId: place.prefix })
  const log = await openKafkaLog({ client, clock, prefix: place.prefix })
  try {
    return await use(log)
  } finally {
    log.close()
    await client.close()
  }
}

/** The counts of one run: in a keyspace that is created before it, and dropped at the end. */
export class RunCounts {
  readonly #settings: CassandraSettings

  constructor(contactPoint: string, run: string) {
    const environment = {
      CASSANDRA_CONTACT_POINTS: contactPoint,
      CASSANDRA_KEYSPACE: run.replaceAll('-', '_'),
      CASSANDRA_REPLICATION: '1',
    }
    this.#settings = readCassandraSettings(new SettingsReader(environment))
  }

  get keyspace(): string {
    return this.#settings.keyspace
  }

  /** Of a minute. */
  get retentionMs(): number {
    return this.#settings.retention.minutesMs
  }

  make(): Promise<void> {
    return migrate((keyspace) => connect(this.#settings, keyspace, CONNECT_DEPS), this.#settings, {
      clock,
      onApplied: () => {},
    })
  }

  open(): Promise<CassandraStores> {
    return openCassandraStores(this.#settings, CONNECT_DEPS)
  }

  async drop(): Promise<void> {
    const client = await connect(this.#settings, null, CONNECT_DEPS)
    await client.execute(`DROP KEYSPACE ${this.#settings.keyspace}`, [], { prepare: false })
    await client.shutdown()
  }
}
