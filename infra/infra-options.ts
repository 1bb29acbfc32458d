// Parses the command line. Pure. Flags correspond to environment variables and override them.
import { isOn, text } from '../lib/flags.ts'
import { FlagsReader } from '../lib/flags-reader.ts'
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

/** Flags that override the environment variables from which the settings are read. */
const VARIABLES = {
  dir: text('INFRA_DIR', 'where programs, data and logs are kept (default ~/.cache/tally)'),
  engine: text('INFRA_ENGINE', 'auto, docker or native (default auto: docker if it answers)'),
  'kafka-port': text('KAFKA_PORT', 'default 19092 (further brokers at 19094 and 19096)'),
  'kafka-advertised-port': text('KAFKA_ADVERTISED_PORT', 'if proxies are in front of the brokers'),
  'cassandra-port': text('CASSANDRA_PORT', 'default 19042 (further nodes on 127.0.0.2 and 127.0.0.3)'),
  'redis-port': text('REDIS_PORT', 'default 16379'),
  's3-port': text('S3_PORT', 'default 19000'),
  'toxiproxy-port': text('TOXIPROXY_PORT', 'default 18474'),
  'nginx-port': text('PORT', 'default 8080'),
  'kafka-heap': text('KAFKA_HEAP_MIB', 'of each broker (default 384)'),
  'cassandra-heap': text('CASSANDRA_HEAP_MIB', 'of each node (default 640)'),
}

export const COMMAND = {
  usage: `npm run infra -- up SERVER[=NODES]…      start real servers; resolves when they serve
npm run infra -- down [SERVER…] [--wipe]  stop these or all; --wipe: remove their data
npm run infra -- status                   which servers run, and their state
npm run infra -- start|kill|pause|resume NODE    one node: kafka-2, cassandra-1, redis
npm run infra -- logs NODE                the end of its log

SERVER: kafka (1 or 3 nodes), cassandra (1 or 3 nodes, or 2: a data centre each), redis, s3, nginx (1 or 2), toxiproxy;
with docker also prometheus and grafana, and only 1 or 3 nodes.
Each flag except --wipe overrides the environment variable that is written beside it.`,
  flags: { wipe: isOn('with down: remove the data'), ...VARIABLES },
  takesOperands: true,
}

/** Fails with the code `usage`. */
export function parseCommandLine(args: readonly string[], environment: Environment): CommandLine {
  const { values, operands, faults } = new FlagsReader(COMMAND, args)
  if (faults.length > 0) throw new InfraFault('usage', faults.join('\n'))
  const { wipe, ...flags } = values
  const [action, ...names] = operands
  if (wipe && action !== 'down') throw new InfraFault('usage', '--wipe goes only with down.')
  const overrides = Object.entries(VARIABLES).flatMap(([flag, { placeholder: variable }]) => {
    const value = flags[flag as keyof typeof VARIABLES]
    return value === null ? [] : [[variable, value]]
  })
  return {
    task: taskOf(action, names, wipe),
    environment: { ...environment, ...Object.fromEntries(overrides) },
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
