// Parses the command line. Pure. Flags correspond to environment variables and override them.
import { parseArgs } from 'node:util'
import type { Environment } from '../lib/settings-reader.ts'
import { InfraFault } from './fault.ts'
import { type Kind, kindNamed, nodeNamed, type Wanted } from './nodes.ts'

const NODE_ACTIONS = ['start', 'kill', 'pause', 'resume', 'logs'] as const
type NodeAction = (typeof NODE_ACTIONS)[number]

export type Task =
  | { readonly action: 'up'; readonly wanted: Wanted }
  | { readonly action: 'down'; readonly kinds: readonly Kind[] | undefined; readonly wipe: boolean }
  | { readonly action: 'status' }
  | { readonly action: NodeAction; readonly name: string }

export type CommandLine = { readonly task: Task; readonly environment: Environment }

export const USAGE = `npm run infra -- up SERVER[=NODES]…      start real servers; resolves when they serve
npm run infra -- down [SERVER…] [--wipe]  stop these or all; --wipe: remove their data
npm run infra -- status                   which servers run, and their state
npm run infra -- start|kill|pause|resume NODE    one node: kafka-2, cassandra-1, redis
npm run infra -- logs NODE                the end of its log

SERVER: kafka and cassandra (1 or 3 nodes), redis, s3, nginx, toxiproxy; with docker also prometheus and grafana

  --dir PATH            where programs, data and logs are kept (INFRA_DIR, default ~/.cache/tally)
  --engine ENGINE       auto, docker or native (INFRA_ENGINE, default auto: docker if it answers)
  --kafka-port PORT     KAFKA_PORT, default 19092 (further brokers at 19094 and 19096)
  --kafka-advertised-port PORT KAFKA_ADVERTISED_PORT, if proxies are in front of the brokers
  --cassandra-port PORT CASSANDRA_PORT, default 19042 (further nodes on 127.0.0.2 and 127.0.0.3)
  --redis-port PORT     REDIS_PORT, default 16379
  --s3-port PORT        S3_PORT, default 19000
  --toxiproxy-port PORT TOXIPROXY_PORT, default 18474
  --nginx-port PORT     PORT, default 8080
  --kafka-heap MIB      KAFKA_HEAP_MIB, default 384, of each broker
  --cassandra-heap MIB  CASSANDRA_HEAP_MIB, default 640, of each node`

const VARIABLES = {
  dir: 'INFRA_DIR',
  engine: 'INFRA_ENGINE',
  'kafka-port': 'KAFKA_PORT',
  'kafka-advertised-port': 'KAFKA_ADVERTISED_PORT',
  'cassandra-port': 'CASSANDRA_PORT',
  'redis-port': 'REDIS_PORT',
  's3-port': 'S3_PORT',
  'toxiproxy-port': 'TOXIPROXY_PORT',
  'nginx-port': 'PORT',
  'kafka-heap': 'KAFKA_HEAP_MIB',
  'cassandra-heap': 'CASSANDRA_HEAP_MIB',
} as const

const FLAGS = {
  wipe: { type: 'boolean' },
  ...(Object.fromEntries(Object.keys(VARIABLES).map((flag) => [flag, { type: 'string' }])) as Record<
    keyof typeof VARIABLES,
    { type: 'string' }
  >),
} as const

/** Fails with the code `usage`. */
export function parseCommandLine(args: readonly string[], environment: Environment): CommandLine {
  const { values, positionals } = read(args)
  const { wipe = false, ...flags } = values
  const [action, ...names] = positionals
  if (wipe && action !== 'down') throw new InfraFault('usage', '--wipe goes only with down.')
  const overrides = Object.entries(flags).map(([flag, value]) => [
    VARIABLES[flag as keyof typeof VARIABLES],
    value,
  ])
  return {
    task: taskOf(action, names, wipe),
    environment: { ...environment, ...Object.fromEntries(overrides) },
  }
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true })
  } catch (cause) {
    throw new InfraFault('usage', (cause as Error).message, { cause })
  }
}

function taskOf(action: string | undefined, names: readonly string[], wipe: boolean): Task {
  const nodeAction = NODE_ACTIONS.find((candidate) => candidate === action)
  if (nodeAction !== undefined) {
    const [name, ...more] = names
    if (name === undefined || more.length > 0) throw new InfraFault('usage', `${action} takes one node.`)
    nodeNamed(name)
    return { action: nodeAction, name }
  }
  switch (action) {
    case 'up':
      if (names.length === 0) throw new InfraFault('usage', 'up takes at least one server.')
      return { action, wanted: Object.fromEntries(names.map(parseWanted)) }
    case 'down':
      return { action, kinds: names.length === 0 ? undefined : names.map(kindNamed), wipe }
    case 'status':
      if (names.length > 0) throw new InfraFault('usage', 'status takes no names.')
      return { action }
    default:
      throw new InfraFault('usage', `There is no command "${action ?? ''}".`)
  }
}

/** `kafka=3`, or `redis` for one node. */
function parseWanted(text: string): [Kind, number] {
  const [kind, size = '1', ...rest] = text.split('=')
  if (rest.length > 0 || !/^\d$/.test(size)) {
    throw new InfraFault('usage', `"${text}" is not a server with a number of nodes, like kafka=3.`)
  }
  return [kindNamed(kind!), Number(size)]
}
