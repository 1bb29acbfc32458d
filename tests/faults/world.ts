// A cluster for one run, in a temporary directory. If available, the services reach their servers through proxies
// that can be cut, and the spool of one partitioner has its own disk that can be full.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Cluster } from '../../infra/cluster/cluster.ts'
import { InfraFault } from '../../infra/fault.ts'
import { addressOf, nodesOf } from '../../infra/nodes.ts'
import { type InfraSettings, readInfraSettings } from '../../infra/settings.ts'
import type { Options } from './faults-options.ts'
import { Proxies, type ProxySpec } from './proxies.ts'
import { SPOOL_ON_OWN_DISK } from './schedule.ts'
import { SpoolDisk } from './spool-disk.ts'

/** The port of each server's proxy is higher by this number. */
const PROXY_PORT_OFFSET = 1_000
const PARTITIONS = 16
/** Generous, because a busy machine is slow. */
const START_TIMEOUT_MS = 600_000

export type World = {
  readonly cluster: Cluster
  readonly proxies: Proxies | null
  readonly spoolDisk: SpoolDisk | null
  stop(): Promise<void>
}

/** If something fails, everything that was started is stopped again. */
export async function startWorld(directory: string, options: Options): Promise<World> {
  await using started = new AsyncDisposableStack()
  const settings = readInfraSettings(process.env)
  const planned = proxiesBefore(options, settings)
  const proxies = await ifPossible('no cuts and no slowness', () =>
    Proxies.start(join(directory, 'proxies'), planned),
  )
  started.defer(async () => proxies?.stop())
  const spoolDisk = await ifPossible('no full disk', () =>
    SpoolDisk.mount(join(directory, SPOOL_ON_OWN_DISK)),
  )
  started.defer(async () => spoolDisk?.unmount())
  const cluster = await Cluster.start({
    dataDirectory: directory,
    port: await freePort(),
    brokers: options.brokers,
    cassandraNodes: options.cassandraNodes,
    partitions: PARTITIONS,
    servers: {
      startTimeoutMs: START_TIMEOUT_MS,
      ...(proxies !== null && { kafkaAdvertisedPort: settings.ports.kafka + PROXY_PORT_OFFSET }),
    },
    environment: {
      KAFKA_CLIENT: options.client,
      PROBE_INTERVAL_S: '0', // the ledgers must hold only what was sent here
      ...(proxies !== null && addressesOf(planned)),
    },
  })
  started.defer(() => cluster.stop())
  const running = started.move()
  return { cluster, proxies, spoolDisk, stop: () => running.disposeAsync() }
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
