// Parses the command line of the fault suite.
import { isOn, number, oneOf, parsed, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { DEFAULT_LEVELS, LEVELS, type Levels } from '../../stores/cassandra/consistency.ts'
import type { Acks } from '../../stores/log/kafka/kafka-client.ts'
import { CLIENTS, type ClientName } from '../../stores/log/kafka/kafka-clients.ts'
import { KINDS, type Kind } from './schedule.ts'

export type Options = {
  /** How long faults are injected, excluding the start, the last fault and the check. */
  readonly minutes: number
  readonly seed: number
  readonly brokers: number
  /** 2: two data centres. */
  readonly cassandraNodes: number
  /** Of what is written to Cassandra, and of what is built upon. */
  readonly levels: Pick<Levels, 'write' | 'hydrate'>
  /** Who has an event when the services answer 202. */
  readonly acks: Acks
  /** The services' Kafka client. */
  readonly client: ClientName
  /** Events sent per second, copies included. */
  readonly rate: number
  /** How long each fault lasts, but for the restart at the end; null: a random time for each kind. */
  readonly holdMs: number | null
  /** Whether a request that must be sent again during a fault, but for the restart at the end, is a failure. */
  readonly isEachTakenAtOnce: boolean
  /** Whether the run is to show a loss: it fails if there is none. */
  readonly isLossExpected: boolean
  /** The faults to choose from. */
  readonly kinds: readonly Kind[]
}

export const COMMAND = {
  usage: 'npm run test:faults -- [flags]',
  flags: {
    minutes: number('N', 'how long to inject faults', 5, { least: 0, most: 1_440 }),
    seed: wholeNumber('N', 'decides the faults and the events (default: a new one, which is printed)', null, {
      least: 0,
    }),
    kafka: oneOf('1|3', 'brokers', '1', ['1', '3']),
    cassandra: oneOf('1|2|3', 'nodes; 2: two data centres', '1', ['1', '2', '3']),
    levels: parsed(
      'WRITE/HYDRATE',
      'consistency levels of Cassandra; services count in both data centres if these overlap there, else in one',
      { write: DEFAULT_LEVELS.write, hydrate: DEFAULT_LEVELS.hydrate },
      parseLevels,
    ),
    acks: oneOf('WHO', 'who must have an event before it is answered: all or leader', 'all', [
      'all',
      'leader',
    ]),
    client: oneOf('NAME', "the services' Kafka client", 'platformatic', Object.keys(CLIENTS) as ClientName[]),
    rate: number('N', 'events per second, copies included', 2_000, { least: 20, most: 20_000 }),
    'hold-s': wholeNumber('N', 'how long each fault lasts (default: a random time for each kind)', null, {
      least: 1,
      most: 3_600,
    }),
    'taken-at-once': isOn('fails where a request was not taken at its first try during a fault'),
    'expect-loss': isOn('fails if nothing is lost: for settings that promise less'),
    only: parsed(
      'A,B',
      `only these faults, and a restart of everything at the end: ${KINDS.join(', ')}`,
      KINDS,
      kindsNamed,
    ),
  },
}

/** @param newSeed if none is given. Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[], newSeed: number): Options {
  const read = new FlagsReader(COMMAND, args)
  read.check()
  const { minutes, seed, kafka, cassandra, levels, acks, client, rate, only: kinds } = read.values
  const holdS = read.values['hold-s']
  return {
    ...{ minutes, levels, acks, client, rate, kinds },
    seed: seed ?? newSeed,
    holdMs: holdS === null ? null : holdS * 1_000,
    isEachTakenAtOnce: read.values['taken-at-once'],
    isLossExpected: read.values['expect-loss'],
    brokers: Number(kafka),
    cassandraNodes: Number(cassandra),
  }
}

function parseLevels(text: string): Options['levels'] {
  const [write, hydrate, ...more] = text.split('/').map((name) => LEVELS.find((level) => level === name))
  if (write === undefined || hydrate === undefined || more.length > 0)
    throw new Error(`must be two of ${LEVELS.join(', ')}, like EACH_QUORUM/LOCAL_QUORUM`)
  return { write, hydrate }
}

function kindsNamed(text: string): Kind[] {
  return text.split(',').map((name) => {
    const kind = KINDS.find((candidate) => candidate === name)
    if (kind === undefined) throw new Error(`names the fault "${name}", which there is not`)
    return kind
  })
}
