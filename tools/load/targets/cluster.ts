// `npm run cluster` in a temporary directory: its services are read by their metrics, its servers by the operating
// system's figures.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from '../../../infra/cluster/cluster.ts'
import type { ServiceProcess } from '../../../infra/cluster/service-process.ts'
import { nodesOf } from '../../../infra/nodes.ts'
import { freePort } from '../../../lib/free-port.ts'
import type { Fault, Target, Watched } from './target.ts'

const PARTITIONS = 16
const SERVERS = nodesOf({ kafka: 1, cassandra: 1, redis: 1, nginx: 1 })
const DOWN_MS = 5_000
const PAUSED_MS = 10_000

/** Fails with an InfraFault if a server is not available here. `signal` breaks the start off. */
export async function clusterTarget(print: (line: string) => void, signal: AbortSignal): Promise<Target> {
  const directory = await mkdtemp(join(tmpdir(), 'tally-load-'))
  print('Starting the cluster …')
  const cluster = await Cluster.start({
    dataDirectory: directory,
    port: await freePort(),
    brokers: 1,
    cassandraNodes: 1,
    partitions: PARTITIONS,
    signal,
  }).catch(async (error) => {
    if (signal.aborted) await rm(directory, { recursive: true, force: true })
    else print(`What the servers and services wrote is in ${directory}`)
    throw error
  })
  return {
    name: 'cluster: npm run cluster',
    url: cluster.url,
    watched: [...cluster.services.map(serviceOf), ...SERVERS.map(({ name }) => serverOf(cluster, name))],
    faults: [
      killOf(cluster.service('processing-1')),
      pauseOf(cluster, 'cassandra-1'),
      killOf(cluster.service('partitioner-2')),
      pauseOf(cluster, 'kafka-1'),
      killOf(cluster.service('processing-2')),
      pauseOf(cluster, 'redis-1'),
    ],
    crashed: new AbortController().signal,
    async stop(keepsData) {
      await cluster.stop()
      if (keepsData) print(`What the servers and services wrote is in ${directory}`)
      else await rm(directory, { recursive: true, force: true })
    },
  }
}

function serviceOf(service: ServiceProcess): Watched {
  const { name, port } = service.spec
  return { name, metricsUrl: `http://127.0.0.1:${port}/metrics`, pid: async () => service.pid }
}

function serverOf(cluster: Cluster, name: string): Watched {
  return {
    name,
    metricsUrl: null,
    async pid() {
      const status = await cluster.servers.status()
      return status.find(({ node }) => node.name === name)?.pid ?? null
    },
  }
}

function killOf(service: ServiceProcess): Fault {
  return {
    name: `kill -9 of ${service.spec.name}, then a start after ${DOWN_MS / 1_000} s`,
    async inject(signal) {
      await service.kill()
      await sleep(DOWN_MS, undefined, { signal }).catch(() => {})
      await service.start()
    },
  }
}

function pauseOf(cluster: Cluster, name: string): Fault {
  return {
    name: `${name} stands still for ${PAUSED_MS / 1_000} s`,
    async inject(signal) {
      await cluster.servers.pause(name)
      await sleep(PAUSED_MS, undefined, { signal }).catch(() => {})
      await cluster.servers.resume(name)
    },
  }
}
