// A cluster for one run, in a temporary directory. If available, the services reach their servers through proxies
// that can be cut, and the spool of one partitioner has its own disk that can be full.
import { join } from 'node:path'
import { Cluster } from '../../infra/cluster/cluster.ts'
import { InfraFault } from '../../infra/fault.ts'
import { addressOf, DATA_CENTRES, nodesOf } from '../../infra/nodes.ts'
import { type InfraSettings, readInfraSettings } from '../../infra/settings.ts'
import { freePort, isFreePort } from '../../lib/free-port.ts'
import { DEFAULT_LEVELS, levelsFault, type Replication } from '../../stores/cassandra/consistency.ts'
import type { Options } from './faults-options.ts'
import { Proxies, type ProxySpec } from './proxies.ts'
import { SPOOL_ON_OWN_DISK } from './schedule.ts'
import { SpoolDisk } from './spool-disk.ts'

/** The port of each server's proxy is higher by this number. */
const PROXY_PORT_OFFSET = 1_000
const PARTITIONS = 16
/** Clients know all of them. */
const BALANCERS = 2
/** Generous, because a busy machine is slow. */
const START_TIMEOUT_MS = 600_000

export type World = {
  readonly cluster: Cluster
  readonly proxies: Proxies | null
  readonly spoolDisk: SpoolDisk | null
  stop(): Promise<void>
}

/** If something fails, or the signal is aborted, everything that was started is stopped again. */
export async function startWorld(directory: string, options: Options, signal: AbortSignal): Promise<World> {
  await using started = new AsyncDisposableStack()
  const settings = readInfraSettings(process.env)
  const planned = proxiesBefore(options, settings)
  const proxies = await ifPossible('no cuts and no slowness', () =>
    Proxies.start(join(directory, 'proxies'), planned, signal),
  )
  started.defer(async () => proxies?.stop())
  const spoolDisk = await ifPossible('no full disk', () =>
    SpoolDisk.mount(join(directory, SPOOL_ON_OWN_DISK)),
  )
  started.defer(async () => spoolDisk?.unmount())
  const cluster = await Cluster.start({
    dataDirectory: directory,
    port: await freePorts(BALANCERS),
    balancers: BALANCERS,
    brokers: options.brokers,
    cassandraNodes: options.cassandraNodes,
    partitions: PARTITIONS,
    signal,
    servers: {
      startTimeoutMs: START_TIMEOUT_MS,
      ...(proxies !== null && { kafkaAdvertisedPort: settings.ports.kafka + PROXY_PORT_OFFSET }),
    },
    environment: {
      KAFKA_CLIENT: options.client,
      PROBE_INTERVAL_S: '0', // the ledgers must hold only what was sent here
      ...consistencyOf(options),
      ...(proxies !== null && addressesOf(planned)),
    },
  })
  started.defer(() => cluster.stop())
  const running = started.move()
  return { cluster, proxies, spoolDisk, stop: () => running.disposeAsync() }
}

/** Where levels do not overlap between data centres, all that counts is in the first. */
function consistencyOf({ levels, cassandraNodes, acks }: Options): Record<string, string> {
  const replication: Replication = new Map(DATA_CENTRES.map((name) => [name, 1]))
  const inOne =
    cassandraNodes === 2 && levelsFault({ ...DEFAULT_LEVELS, ...levels }, replication, null) !== null
  return {
    KAFKA_ACKS: acks,
    CASSANDRA_WRITE_CONSISTENCY: levels.write,
    CASSANDRA_HYDRATE_CONSISTENCY: levels.hydrate,
    ...(inOne && { CASSANDRA_COUNTING_DCS: DATA_CENTRES[0] }),
  }
}

/** Null, with a message, if something is not available here. */
async function ifPossible<T>(without: string, start: () => Promise<T>): Promise<T | null> {
  try {
    return await start()
  } catch (error) {
    if (!(error instanceof InfraFault)) throw error
    console.log(`\nLEFT OUT: ${without} in this run. ${error.message}\n`)
    return null
  }
}

function proxiesBefore({ brokers, cassandraNodes }: Options, settings: InfraSettings): ProxySpec[] {
  return nodesOf({ kafka: brokers, cassandra: cassandraNodes, redis: 1 }).map((node) => {
    const { host, port } = addressOf(node, settings)
    return { name: node.name, listen: `${host}:${port + PROXY_PORT_OFFSET}`, upstream: `${host}:${port}` }
  })
}

function addressesOf(proxies: readonly ProxySpec[]): Record<string, string> {
  const of = (kind: string) =>
    proxies.filter(({ name }) => name.startsWith(`${kind}-`)).map(({ listen }) => listen)
  return {
    KAFKA_BROKERS: of('kafka').join(','),
    CASSANDRA_CONTACT_POINTS: of('cassandra').join(','),
    REDIS_URL: `redis://${of('redis')[0]}`,
  }
}

/** The first of so many ports in a row that are free. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = await freePort()
    const others = Array.from({ length: count - 1 }, (_, index) => isFreePort(first + 1 + index))
    if ((await Promise.all(others)).every(Boolean)) return first
  }
}
