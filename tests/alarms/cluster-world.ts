// The product on real servers, two of each service, under a steady stream, watched by a Prometheus.
import { join } from 'node:path'
import { Cluster, mainOf } from '../../infra/cluster/cluster.ts'
import { ServiceProcess } from '../../infra/cluster/service-process.ts'
import { freePort } from '../../lib/free-port.ts'
import { until } from '../../testing/until.ts'
import type { Alarmed } from './fault.ts'
import { Prometheus } from './prometheus.ts'
import { ruleGroups } from './rule-files.ts'
import { scaledGroups, scrapeMsAt } from './scaled-rules.ts'
import { Traffic } from './traffic.ts'

const PARTITIONS = 8
/** Beside a cluster that somebody plays with. */
const PORT_OFFSET = 1_000
const START_TIMEOUT_MS = 600_000
const SETTINGS = {
  ARCHIVE_FLUSH_MS: '1000',
  ARCHIVE_LATE_FLUSH_MS: '1000',
  RECONCILE_INTERVAL_MS: '2000',
  SPOOL_MIB_MAX: '1',
  LINGER_MS: '0',
  ADAPTIVE_LINGER_MS: '0',
}

export type ClusterWorld = Alarmed & {
  readonly directory: string
  readonly cluster: Cluster
  readonly broker: string
  readonly traffic: Traffic
  /** Starts a service again with other settings; null: with its own. */
  restart(name: string, settings: Readonly<Record<string, string>> | null): Promise<void>
  /** Closes it when the world stops. */
  keep(resource: AsyncDisposable): void
  stop(): Promise<void>
}

export async function startClusterWorld(
  directory: string,
  factor: number,
  signal: AbortSignal,
): Promise<ClusterWorld> {
  await using stack = new AsyncDisposableStack()
  const cluster = await Cluster.start({
    dataDirectory: join(directory, 'cluster'),
    port: await freePort(),
    portOffset: PORT_OFFSET,
    ...{ brokers: 1, cassandraNodes: 1, partitions: PARTITIONS },
    servers: { startTimeoutMs: START_TIMEOUT_MS },
    environment: SETTINGS,
    signal,
  })
  stack.defer(() => cluster.stop())
  const prometheus = await Prometheus.start({
    directory: join(directory, 'prometheus'),
    targets: cluster.services.map(({ spec }) => ({
      service: spec.name.replace(/-\d+$/, ''),
      address: `127.0.0.1:${spec.port}`,
    })),
    groups: scaledGroups(ruleGroups(), factor),
    scrapeMs: scrapeMsAt(factor),
  })
  stack.defer(() => prometheus.stop())
  const traffic = new Traffic({ url: cluster.url, requestsPerSecond: 30, events: 40 })
  stack.defer(() => traffic.stop())
  const { restart, stop } = restarting(cluster)
  stack.defer(stop)
  const running = stack.move()
  const broker = cluster.endpoints.kafka![0]!
  return {
    ...{ directory, cluster, broker, prometheus, traffic, until, restart },
    keep: (resource) => void running.use(resource),
    stop: () => running.disposeAsync(),
  }
}

function restarting(cluster: Cluster) {
  const others = new Map<string, ServiceProcess>()
  const stop = async () => {
    await Promise.all(Array.from(others.values(), (other) => other.stop()))
  }
  const restart: ClusterWorld['restart'] = async (name, settings) => {
    const own = cluster.service(name)
    await own.stop()
    await others.get(name)?.stop()
    others.delete(name)
    if (settings === null) return own.start()
    const { spec } = own
    const main = mainOf(name.replace(/-\d+$/, ''))
    const other = new ServiceProcess({ ...spec, main, environment: { ...spec.environment, ...settings } })
    others.set(name, other)
    await other.start()
  }
  return { restart, stop }
}
