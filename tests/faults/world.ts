// A cluster of its own for one run, in a temporary directory: the services reach their stores through proxies that can
// be cut, where these can be had.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Cluster } from '../../infra/cluster/cluster.ts'
import { InfraFault } from '../../infra/fault.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import type { Options } from './options.ts'
import { Proxies } from './proxies.ts'

/** Each store's proxy listens so far above it. */
const PROXY_PORT_OFFSET = 1_000
const PARTITIONS = 16

export type World = { readonly cluster: Cluster; readonly proxies: Proxies | null; stop(): Promise<void> }

/** What was started is stopped again where something fails. */
export async function startWorld(directory: string, options: Options): Promise<World> {
  const proxies = await startProxies(join(directory, 'proxies'), options.cassandraNodes)
  try {
    const cluster = await Cluster.start({
      dataDirectory: directory,
      port: await freePort(),
      brokers: options.brokers,
      cassandraNodes: options.cassandraNodes,
      partitions: PARTITIONS,
      environment: proxies === null ? {} : addressesOf(options.cassandraNodes),
    })
    const stop = async () => {
      await cluster.stop()
      await proxies?.stop()
    }
    return { cluster, proxies, stop }
  } catch (error) {
    await proxies?.stop()
    throw error
  }
}

async function startProxies(directory: string, cassandraNodes: number): Promise<Proxies | null> {
  const { cassandra, redis } = readInfraSettings(process.env).ports
  const database = hostsOf(cassandraNodes).map((host, at) => ({
    name: `cassandra-${at + 1}`,
    listen: `${host}:${cassandra + PROXY_PORT_OFFSET}`,
    upstream: `${host}:${cassandra}`,
  }))
  const cache = {
    name: 'redis-1',
    listen: `127.0.0.1:${redis + PROXY_PORT_OFFSET}`,
    upstream: `127.0.0.1:${redis}`,
  }
  try {
    return await Proxies.start(directory, [...database, cache])
  } catch (error) {
    if (!(error instanceof InfraFault)) throw error
    console.log(`No cuts and no slowness, for there is no toxiproxy: ${error.message}`)
    return null
  }
}

function addressesOf(cassandraNodes: number): Record<string, string> {
  const { cassandra, redis } = readInfraSettings(process.env).ports
  const points = hostsOf(cassandraNodes).map((host) => `${host}:${cassandra + PROXY_PORT_OFFSET}`)
  return {
    CASSANDRA_CONTACT_POINTS: points.join(','),
    REDIS_URL: `redis://127.0.0.1:${redis + PROXY_PORT_OFFSET}`,
  }
}

function hostsOf(nodes: number): string[] {
  return Array.from({ length: nodes }, (_, at) => `127.0.0.${at + 1}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
