// One node of Cassandra becomes four, one after the other, and one replica three. Then the first node, the only one of
// which the services were told, gives away what it has and is removed for good. By the commands of the document.
import { COMMANDS } from './commands.ts'
import { inTurn } from './processes.ts'
import { type Growth, hold, timed, type World } from './world.ts'

const FIRST = 'cassandra-1'
const REPLICAS = 3
/** One more than there are replicas, so that one can leave. */
const NODES = 4

export const cassandra: Growth = {
  size: { brokers: 1, cassandraNodes: 1, partitions: 16 },
  grow,
}

async function grow(world: World): Promise<void> {
  const { cluster, administrator } = world
  const { servers } = cluster
  const points: string[] = []
  const nodes = [FIRST]
  await hold(world)
  while (nodes.length < NODES) {
    const name = `cassandra-${nodes.length + 1}`
    points.push(await timed(`${name} has joined`, servers.join(name)))
    nodes.push(name)
    await hold(world)
    if (nodes.length <= REPLICAS) await replicate(world, nodes)
  }
  for (const name of nodes.slice(0, -1))
    await timed(`${name} is cleaned up`, administrator(COMMANDS.cleanUp, {}, name))
  await inTurn(world, { CASSANDRA_CONTACT_POINTS: points.join(','), CASSANDRA_REPLICATION: String(REPLICAS) })
  await timed(`${FIRST} has given away what it had`, administrator(COMMANDS.letGo, {}, FIRST))
  await timed(`${FIRST} is stopped, and its disk is gone`, servers.remove(FIRST))
  console.log(await administrator(COMMANDS.status, {}, nodes[1]))
  await hold(world)
  for (const name of ['processing-1', 'query-1', 'reconciler-1']) {
    await cluster.service(name).kill()
    await timed(`${name} was killed, and is back`, cluster.service(name).start())
  }
  await hold(world)
}

/** As many replicas as there are nodes: one more than before. */
async function replicate(world: World, nodes: readonly string[]): Promise<void> {
  const { administrator } = world
  const variables = { REPLICAS: String(nodes.length) }
  await timed(`${nodes.length} replicas`, administrator(COMMANDS.replicate, variables))
  for (const name of nodes) await timed(`${name} is repaired`, administrator(COMMANDS.repair, {}, name))
  await hold(world)
}
