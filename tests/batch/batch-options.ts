// Parses the command line of the test of the batch layer.
import { isOn, parsed, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'

export type Options = {
  /** Distinct good events; copies and bad ones come on top. */
  readonly events: number
  readonly seed: number
  readonly kills: number
  /** Waits, up to an hour, until the last event's hour is closed, so that rollups cover everything that was sent. */
  readonly wholeHours: boolean
  /** What recounts. */
  readonly engine: Engine
}

const ENGINES = ['duckdb', 'spark'] as const
type Engine = (typeof ENGINES)[number]

export const COMMAND = {
  usage: 'npm run test:batch -- [flags]',
  flags: {
    events: wholeNumber('N', 'distinct events to send', 50_000, { least: 1_000, most: 100_000_000 }),
    seed: wholeNumber('N', 'decides the events and the kills (default: a new one, which is printed)', null, {
      least: 0,
    }),
    kills: wholeNumber('N', 'how often the process is killed while it takes them', 3, {
      least: 0,
      most: 1_000,
    }),
    'whole-hours': isOn(
      'wait until the hour of the last event is closed as well: up to an hour and some minutes',
    ),
    engine: parsed(
      'ENGINE',
      'what recounts: duckdb (the default) or spark, which is fetched once',
      ENGINES[0],
      engineOf,
    ),
  },
}

/** @param newSeed if none is given. Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[], newSeed: number): Options {
  const read = new FlagsReader(COMMAND, args)
  read.check()
  const { events, seed, kills, 'whole-hours': wholeHours, engine } = read.values
  return { events, seed: seed ?? newSeed, kills, wholeHours, engine }
}

function engineOf(text: string): Engine {
  const engine = ENGINES.find((one) => one === text)
  if (engine === undefined)
    throw new Error(`must be one of ${ENGINES.join(', ')}, not ${JSON.stringify(text)}`)
  return engine
}
