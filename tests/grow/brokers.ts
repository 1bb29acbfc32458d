// A fourth broker joins three, every partition is spread anew, and the first broker is drained and removed for good, by
// the commands of the document. It was a controller too, and is the first that the services know.
import { join } from 'node:path'
import { COMMANDS } from './commands.ts'
import { inTurn } from './processes.ts'
import { type Growth, hold, timed, type World } from './world.ts'

const JOINS = 'kafka-4'
const LEAVES = 'kafka-1'
const ALL = '1,2,3,4'
const STAY = '2,3,4'

export const brokers: Growth = {
  size: { brokers: 3, cassandraNodes: 1, partitions: 16 },
  grow,
}

async function grow(world: World): Promise<void> {
  const { cluster, administrator } = world
  const { servers, endpoints } = cluster
  await hold(world)
  const added = await timed(`${JOINS} is there`, servers.join(JOINS))
  const stay = [...endpoints.kafka!.slice(1), added].join(',')
  const run = (what: string, holding: string, variables: Readonly<Record<string, string>> = {}) =>
    timed(what, administrator(holding, { KAFKA: stay, LEAVING: '1', ...variables }))
  const CONFIG = join(servers.settings.directory, 'run', JOINS, 'server.properties')
  await run(`${JOINS} is a controller too`, COMMANDS.addController, { CONFIG })
  await move(world, run, ALL)
  await hold(world)
  await inTurn(world, { KAFKA_BROKERS: stay })
  await move(world, run, STAY)
  await run('the first of the replicas lead', COMMANDS.leadByFirst)
  await run(`nothing is left on ${LEAVES}`, COMMANDS.seeNothingLeft)
  await run(`${LEAVES} is no controller any more`, COMMANDS.removeController)
  await timed(`${LEAVES} is stopped, and its disk is gone`, servers.remove(LEAVES))
  await run(`${LEAVES} is forgotten`, COMMANDS.forgetBroker)
  await hold(world)
  for (const name of ['processing-1', 'partitioner-1', 'query-1']) {
    await cluster.service(name).kill()
    await timed(`${name} was killed, and is back`, cluster.service(name).start())
  }
  await hold(world)
  await run('every partition has all of its replicas', COMMANDS.seeAllReplicas)
}

type Run = (what: string, holding: string, variables?: Readonly<Record<string, string>>) => Promise<string>

async function move({ signal }: World, run: Run, BROKERS: string): Promise<void> {
  await run(`partitions begin to move to ${BROKERS}`, COMMANDS.spread, { BROKERS })
  signal.throwIfAborted()
  await run('they have moved', COMMANDS.untilMoved)
}
