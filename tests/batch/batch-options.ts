// Parses the command line of the test of the batch layer; reports all faults together.
import { parseArgs } from 'node:util'

export type Options = {
  /** Distinct good events; copies and bad ones come on top. */
  readonly events: number
  readonly seed: number
  readonly kills: number
  /** Waits, up to an hour, until the last event's hour is closed, so that rollups cover everything that was sent. */
  readonly wholeHours: boolean
}

export const USAGE = `npm run test:batch -- [flags]

  --events N      distinct events to send (default 50000)
  --seed N        decides the events and the kills (default: a new one, which is printed)
  --kills N       how often the process is killed while it takes them (default 3)
  --whole-hours   wait until the hour of the last event is closed as well: up to an hour and some minutes`

export class UsageFault extends Error {
  readonly code = 'usage'
}

/** @param newSeed if none is given. Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[], newSeed: number): Options {
  const faults: string[] = []
  const values = valuesOf(args)
  const number = (flag: 'events' | 'seed' | 'kills', fallback: number, least: number, most: number) => {
    const value = Number(values[flag] ?? fallback)
    if (Number.isInteger(value) && value >= least && value <= most) return value
    faults.push(`--${flag} must be a whole number from ${least} to ${most}`)
    return fallback
  }
  const options: Options = {
    events: number('events', 50_000, 1_000, 100_000_000),
    seed: number('seed', newSeed, 0, Number.MAX_SAFE_INTEGER),
    kills: number('kills', 3, 0, 1_000),
    wholeHours: values['whole-hours'] === true,
  }
  if (faults.length > 0) throw new UsageFault(faults.join('\n'))
  return options
}

function valuesOf(args: readonly string[]) {
  const text = { type: 'string' } as const
  const options = { events: text, seed: text, kills: text, 'whole-hours': { type: 'boolean' } } as const
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (cause) {
    throw new UsageFault((cause as Error).message, { cause })
  }
}
