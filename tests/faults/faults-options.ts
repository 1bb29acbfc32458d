// Parses the command line of the fault suite; reports all faults together.
import { parseArgs } from 'node:util'
import { CLIENTS, type ClientName } from '../../stores/log/kafka/kafka-clients.ts'
import { KINDS, type Kind } from './schedule.ts'

export type Options = {
  /** How long faults are injected, excluding the start, the last fault and the check. */
  readonly minutes: number
  readonly seed: number
  readonly brokers: number
  readonly cassandraNodes: number
  /** The services' Kafka client. */
  readonly client: ClientName
  /** Events sent per second, copies included. */
  readonly rate: number
  /** The faults to choose from. */
  readonly kinds: readonly Kind[]
}

export const USAGE = `npm run test:faults -- [flags]

  --minutes N     how long to inject faults (default 5)
  --seed N        decides the faults and the events (default: a new one, which is printed)
  --kafka 1|3     brokers (default 1)
  --cassandra 1|3 nodes (default 1)
  --client NAME   the services' Kafka client, platformatic or kafkajs (default platformatic)
  --rate N        events per second, copies included (default 2000)
  --only A,B      only these faults, and a restart of everything at the end: ${KINDS.join(', ')}`

export class UsageFault extends Error {
  readonly code = 'usage'
}

/** @param newSeed if none is given. Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[], newSeed: number): Options {
  const faults: string[] = []
  const values = valuesOf(args)
  const number = (flag: keyof typeof values, fallback: number, least: number, most: number): number => {
    const value = Number(values[flag] ?? fallback)
    if (value >= least && value <= most) return value
    faults.push(`--${flag} must be a number from ${least} to ${most}`)
    return fallback
  }
  const nodes = (flag: 'kafka' | 'cassandra'): number => {
    const value = values[flag] ?? '1'
    if (value !== '1' && value !== '3') faults.push(`--${flag} must be 1 or 3`)
    return Number(value)
  }
  const client = (values.client ?? 'platformatic') as ClientName
  if (!Object.hasOwn(CLIENTS, client)) {
    faults.push(`--client must be one of ${Object.keys(CLIENTS).join(', ')}`)
  }
  const options: Options = {
    minutes: number('minutes', 5, 0, 1_440),
    seed: Math.floor(number('seed', newSeed, 0, Number.MAX_SAFE_INTEGER)),
    brokers: nodes('kafka'),
    cassandraNodes: nodes('cassandra'),
    client,
    rate: number('rate', 2_000, 20, 20_000),
    kinds: values.only === undefined ? KINDS : kindsNamed(values.only, faults),
  }
  if (faults.length > 0) throw new UsageFault(faults.join('\n'))
  return options
}

function kindsNamed(text: string, faults: string[]): Kind[] {
  const kinds: Kind[] = []
  for (const name of text.split(',')) {
    const kind = KINDS.find((candidate) => candidate === name)
    if (kind === undefined) faults.push(`--only: there is no fault "${name}"`)
    else kinds.push(kind)
  }
  return kinds
}

function valuesOf(args: readonly string[]) {
  const flag = { type: 'string' } as const
  const options = {
    minutes: flag,
    seed: flag,
    kafka: flag,
    cassandra: flag,
    client: flag,
    rate: flag,
    only: flag,
  }
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (cause) {
    throw new UsageFault((cause as Error).message, { cause })
  }
}
