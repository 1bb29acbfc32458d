// All settings of the servers that we start: one environment variable each, read once.
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Environment, SettingsReader } from '../lib/settings-reader.ts'
import type { Kind } from './nodes.ts'

const ENGINES = ['auto', 'docker', 'native'] as const
/** Each has a file in infra/nginx/balance. */
export const BALANCES = ['least_conn', 'round_robin', 'hash'] as const
type EngineChoice = (typeof ENGINES)[number]

/** Files that nginx reads, PEM: the certificate with those that signed it, and its key. */
export type TlsFiles = { readonly certificate: string; readonly key: string }

export type InfraSettings = {
  /** The directory of data, logs and process records. */
  readonly directory: string
  /** The directory to which programs are downloaded once. */
  readonly programs: string
  readonly engine: EngineChoice
  /** The ports of the first node; Kafka uses two ports per node, Cassandra two on each host. */
  readonly ports: Readonly<Record<Kind, number>>
  /**
   * With proxies in front of the brokers: the port that the first broker advertises, two per broker; brokers reach
   * each other directly. 0: they advertise the ports on which they listen.
   */
  readonly kafkaAdvertisedPort: number
  /** Heaps of one node. */
  readonly kafkaHeapMib: number
  readonly cassandraHeapMib: number
  /** How nginx chooses a partitioner or a query service. */
  readonly balance: (typeof BALANCES)[number]
  /** Lines of nginx's geo: whose headers with the country of a viewer are believed. */
  readonly cdn: string
  /** Null: nginx takes plain HTTP. */
  readonly tls: TlsFiles | null
  /** The processes that nginx balances, as host:port. */
  readonly partitioners: readonly string[]
  readonly queries: readonly string[]
  readonly reconcilers: readonly string[]
  /** Lines that are added to the configuration of a kind, without docker only. The last of the same name counts. */
  readonly extra: Partial<Readonly<Record<Kind, string>>>
  /**
   * Whether nodes of Kafka and Cassandra may join and leave while it runs, without docker only. Then the controllers
   * of Kafka are a quorum that changes, whose data is bound to its ports, and nodes of Cassandra wait until all others
   * must have heard of one that comes or goes.
   */
  readonly changes: boolean
  /** The time for a node to answer after its start. */
  readonly startTimeoutMs: number
  /** The time for a node from SIGTERM until it is killed. */
  readonly stopTimeoutMs: number
}

/** Throws a SettingsError that names every fault. */
export function readInfraSettings(environment: Environment): InfraSettings {
  const read = new SettingsReader(environment)
  const port = (name: string, fallback: number) =>
    read.wholeNumber(name, fallback, { least: 1, most: 65_530 })
  const heap = (name: string, fallback: number) =>
    read.wholeNumber(name, fallback, { least: 256, most: 65_536 })
  const addresses = (name: string, fallback: string) => read.text(name, fallback).split(',')
  const settings: InfraSettings = {
    directory: read.text('INFRA_DIR', join(homedir(), '.cache', 'tally')),
    programs: read.text('INFRA_PROGRAMS', join(homedir(), '.cache', 'tally', 'programs')),
    engine: read.oneOf('INFRA_ENGINE', 'auto', ENGINES),
    ports: {
      kafka: port('KAFKA_PORT', 19092),
      cassandra: port('CASSANDRA_PORT', 19042),
      redis: port('REDIS_PORT', 16379),
      s3: port('S3_PORT', 19000),
      toxiproxy: port('TOXIPROXY_PORT', 18474),
      nginx: port('PORT', 8080),
      prometheus: port('PROMETHEUS_PORT', 19090),
      grafana: port('GRAFANA_PORT', 13000),
    },
    kafkaAdvertisedPort: read.wholeNumber('KAFKA_ADVERTISED_PORT', 0, { least: 0, most: 65_530 }),
    kafkaHeapMib: heap('KAFKA_HEAP_MIB', 384),
    cassandraHeapMib: heap('CASSANDRA_HEAP_MIB', 640),
    extra: {},
    changes: false,
    balance: read.oneOf('BALANCE', 'least_conn', BALANCES),
    cdn: read.text('CDN', ''),
    tls: readTls(read),
    partitioners: addresses('PARTITIONERS', '127.0.0.1:18101,127.0.0.1:18102'),
    queries: addresses('QUERIES', '127.0.0.1:18201,127.0.0.1:18202'),
    reconcilers: addresses('RECONCILERS', '127.0.0.1:18401,127.0.0.1:18402'),
    startTimeoutMs: read.wholeNumber('INFRA_START_TIMEOUT_MS', 180_000, { least: 1_000, most: 3_600_000 }),
    stopTimeoutMs: read.wholeNumber('INFRA_STOP_TIMEOUT_MS', 20_000, { least: 100, most: 3_600_000 }),
  }
  read.check()
  return settings
}

function readTls(read: SettingsReader): TlsFiles | null {
  const certificate = read.text('TLS_CERTIFICATE_FILE', '')
  const key = read.text('TLS_KEY_FILE', '')
  if ((certificate === '') !== (key === '')) read.refuse('TLS_CERTIFICATE_FILE and TLS_KEY_FILE go together')
  return certificate === '' ? null : { certificate: resolve(certificate), key: resolve(key) }
}
