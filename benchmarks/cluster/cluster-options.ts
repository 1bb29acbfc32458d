// Parses the command line of this benchmark. Pure.
import { isOn, text, url, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'

export type Options = {
  readonly events: number
  readonly rounds: number
  readonly partitions: number
  readonly eventsPerRecord: number
  readonly seed: number
  /** How often a counter makes durable what it has counted. */
  readonly intervalMs: number
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
  /** Measured apart, before these. 0: the virtual machines of the servers warm up while it is measured. */
  readonly warmUpSeconds: number
}

const POSITIVE = { least: 1 }

export const COMMAND = {
  usage: `npm run bench -- cluster [flags]                  counters beside each other, on the same topic
npm run bench -- cluster --e2e --url URL [flags]  how fresh the answers of a running cluster are`,
  flags: {
    events: wholeNumber('N', 'events in the topic', 6_000_000, POSITIVE),
    rounds: wholeNumber('N', 'how often each contender counts them', 1, POSITIVE),
    interval: wholeNumber('MS', 'from one checkpoint or commit to the next', 1_000, { least: 10 }),
    only: text('NAME,NAME', 'only these contenders'),
    partitions: wholeNumber('N', 'of the topic', 16, POSITIVE),
    'record-events': wholeNumber('N', 'events in a record', 200, POSITIVE),
    seed: wholeNumber('N', 'decides the events', 1, POSITIVE),
    profile: text('DIRECTORY', 'for CPU profiles of the contenders on Node'),
    e2e: isOn('measure a running cluster'),
    url: url('the cluster', null),
    rate: wholeNumber('N', 'events per second that it is sent', 20_000, POSITIVE),
    seconds: wholeNumber('N', 'for so long', 30, POSITIVE),
    'warm-up': wholeNumber('S', 'seconds of the same before, told apart', 60, { least: 0 }),
  },
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[]): Options {
  const read = new FlagsReader(COMMAND, args)
  const { values } = read
  read.refuseIf(values.e2e !== read.isGiven('url'), '--e2e and --url go together')
  read.check()
  const { events, rounds, partitions, seed, rate: eventsPerSecond, seconds } = values
  return {
    ...{ events, rounds, partitions, seed },
    eventsPerRecord: values['record-events'],
    intervalMs: values.interval,
    only: values.only?.split(',') ?? [],
    profileDirectory: values.profile,
    endToEnd:
      values.url === null
        ? null
        : { url: values.url, eventsPerSecond, seconds, warmUpSeconds: values['warm-up'] },
  }
}
