// Injects a fault into a cluster, and restores everything.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../infra/cluster/cluster.ts'
import { withConnection } from '../../infra/native/exchange.ts'
import { fillDisk } from './full-disk.ts'
import { restartInTurn } from './rolling-restart.ts'
import type { Fault } from './schedule.ts'
import type { Sender } from './sender.ts'
import type { World } from './world.ts'

/** A broker that is silent for longer is replaced as leader: see infra/kafka. */
const SESSION_MS = 6_000
const FLUSHED = '+OK\r\n'

/**
 * Resolves when everything runs again. Fails with an InfraFault if something does not start, or behaves wrongly
 * during the fault.
 */
export async function inject({ kind, targets, holdMs }: Fault, world: World, sender: Sender): Promise<void> {
  const { cluster, proxies } = world
  const { servers } = cluster
  const services = targets.filter((name) => /^(partitioner|processing|query)-/.test(name))
  switch (kind) {
    case 'kill-broker':
    case 'kill-database':
    case 'kill-cache':
    case 'kill-balancer':
      await servers.kill(targets[0]!)
      await sleep(holdMs)
      return servers.start(targets[0]!)
    case 'pause-broker':
      await servers.pause(targets[0]!)
      await sleep(holdMs)
      return servers.resume(targets[0]!)
    case 'lose-leader':
      return loseLeader(cluster, targets, holdMs)
    case 'flush-cache':
      return flush(cluster)
    case 'zombie-processor':
      cluster.service(targets[0]!).pause()
      await sleep(holdMs)
      return cluster.service(targets[0]!).resume()
    case 'rebalance-storm':
      for (const name of services) {
        await cluster.service(name).stop()
        await sleep(holdMs)
        await cluster.service(name).start()
      }
      return
    case 'rolling-restart':
      return restartInTurn(cluster, sender, targets, holdMs)
    case 'kill-processor':
    case 'kill-partitioner':
    case 'restart-queries':
    case 'restart-all':
      return killAll(cluster, services, holdMs)
    case 'cut-brokers':
    case 'cut-stores':
      return proxies!.cut(targets, holdMs)
    case 'slow-brokers':
    case 'slow-stores':
      return proxies!.slow(targets, holdMs)
    case 'fill-spool-disk':
      return fillDisk(world, sender, targets[0]!, holdMs)
  }
}

/** All brokers but the first hang, and then it dies: what it alone had taken is with nobody who goes on. */
async function loseLeader(
  { servers }: Cluster,
  [leader, ...followers]: readonly string[],
  holdMs: number,
): Promise<void> {
  await Promise.all(followers.map((name) => servers.pause(name)))
  await sleep(holdMs)
  await servers.kill(leader!)
  await Promise.all(followers.map((name) => servers.resume(name)))
  await sleep(holdMs + SESSION_MS)
  await servers.start(leader!)
}

async function killAll(cluster: Cluster, names: readonly string[], holdMs: number): Promise<void> {
  await Promise.all(names.map((name) => cluster.service(name).kill()))
  await sleep(holdMs)
  await Promise.all(names.map((name) => cluster.service(name).start()))
}

async function flush({ servers: { settings } }: Cluster): Promise<void> {
  const address = { host: '127.0.0.1', port: settings.ports.redis }
  const answer = await withConnection(address, (exchange) => exchange('FLUSHALL\r\n', () => FLUSHED.length))
  if (answer.toString() !== FLUSHED) throw new Error(`Redis answered ${answer}`)
}
