// Parses the command line of this benchmark. Pure.
import { parseArgs } from 'node:util'

export type Options = {
  readonly events: number
  readonly rounds: number
  readonly partitions: number
  readonly eventsPerRecord: number
  readonly seed: number
  /** Names of contenders; empty for all. */
  readonly only: readonly string[]
  /** The directory for CPU profiles of the contenders on Node; null for none. */
  readonly profileDirectory: string | null
  /** Null to compare contenders; else the running cluster whose freshness is measured. */
  readonly endToEnd: EndToEndOptions | null
}

export type EndToEndOptions = {
  readonly url: string
  readonly eventsPerSecond: number
  readonly seconds: number
}

export const USAGE = `npm run bench -- cluster [--events 6000000] [--rounds 1] [--only NAME,NAME]
                         [--partitions 16] [--record-events 200] [--seed 1] [--profile DIRECTORY]
npm run bench -- cluster --e2e --url http://localhost:8080 [--rate 20000] [--seconds 30]`

export class UsageError extends Error {}

/** Throws a UsageError that names every fault. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = read(args)
  const faults: string[] = []
  const count = (name: string, text: string | undefined, fallback: number) => {
    const value = text === undefined ? fallback : Number(text)
    if (!Number.isSafeInteger(value) || value < 1)
      faults.push(`--${name} must be a whole number of at least 1`)
    return value
  }
  const { url } = values
  const isEndToEnd = values.e2e === true
  if (isEndToEnd !== (url !== undefined)) faults.push('--e2e and --url go together')
  const endToEnd = {
    url: url ?? '',
    eventsPerSecond: count('rate', values.rate, 20_000),
    seconds: count('seconds', values.seconds, 30),
  }
  const options = {
    events: count('events', values.events, 6_000_000),
    rounds: count('rounds', values.rounds, 1),
    partitions: count('partitions', values.partitions, 16),
    eventsPerRecord: count('record-events', values['record-events'], 200),
    seed: count('seed', values.seed, 1),
    only: values.only?.split(',') ?? [],
    profileDirectory: values.profile ?? null,
    endToEnd: isEndToEnd ? endToEnd : null,
  }
  if (faults.length > 0) throw new UsageError(faults.join('; '))
  return options
}

function read(args: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        events: text,
        rounds: text,
        partitions: text,
        'record-events': text,
        seed: text,
        only: text,
        profile: text,
        e2e: { type: 'boolean' },
        url: text,
        rate: text,
        seconds: text,
      },
    })
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause })
  }
}
