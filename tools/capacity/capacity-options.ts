// Parses the command line of npm run capacity. Pure.
import { isOn, oneOf, parsed, text, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { FORM_IN_FORCE, FORMS, type Load, SPREADS } from './load.ts'

export type CapacityOptions = {
  readonly load: Load
  /** Null: nothing is simulated. */
  readonly simulation: { readonly seed: number } | null
  readonly json: boolean
  /** The directory of what benchmarks wrote; null for the one of this repository. */
  readonly results: string | null
}

const RATE = { least: 1, most: 1e9 }
const HOURS_A_DAY = 24
const RETENTION_HOURS = { least: 1, most: 3_650 * HOURS_A_DAY }
const TYPES_MAX = 1_000
const SHARES_OFF_MAX = 1e-6

export const COMMAND = {
  usage: `npm run capacity -- --rate N [flags]

  Says what a load needs: partitions, processes, brokers, nodes of Cassandra, Redis, network, disks, and what of it is
  most. It computes, from what benchmarks measured; nothing has to run.`,
  flags: {
    rate: wholeNumber('N', 'events a second in the busiest minutes; needed', null, RATE),
    'average-rate': wholeNumber('N', 'over the whole day, which fills disks (default: the rate)', null, RATE),
    videos: wholeNumber('N', 'that are watched at all', 1_000_000, { least: 1, most: 1e10 }),
    retention: parsed('TIME', 'of raw events in the log, as 7d or 168h (default 7d)', 7, daysOf),
    'events-per-request': wholeNumber('N', 'a browser sends one or a few', 100, { least: 1, most: 1_000 }),
    spread: oneOf('NAME', 'how events fall on videos: zipf or uniform', 'zipf', SPREADS),
    types: parsed('N,N', 'the share of each type in all events, as 0.9,0.1 (default 1)', [1], sharesOf),
    'flush-ms': wholeNumber('N', 'FLUSH_INTERVAL_MS', 1_000, { least: 10, most: 60_000 }),
    form: oneOf(
      'NAME',
      'how rows are written: shared (many videos a partition), day (as in older keyspaces), single (a request each)',
      FORM_IN_FORCE,
      FORMS,
    ),
    'minutes-days': wholeNumber('N', 'MINUTES_DAYS', 14, { least: 3, most: 7_000 }),
    'hours-days': wholeNumber('N', 'HOURS_DAYS', 400, { least: 4, most: 7_000 }),
    years: wholeNumber('N', 'of days, which are kept for ever', 5, { least: 1, most: 100 }),
    'horizon-min': wholeNumber('N', 'how old an event may be and still be counted at once', 10, {
      least: 1,
      most: 1_440,
    }),
    copies: wholeNumber('N', 'that Kafka and Cassandra keep', 3, { least: 1, most: 9 }),
    simulate: isOn('routes that load over the partitions, and loses one of three zones'),
    seed: wholeNumber('N', 'with --simulate: decides the names of videos', 1, { least: 0 }),
    json: isOn('the plan as JSON'),
    results: text('DIR', 'what benchmarks wrote (default: benchmarks/results)'),
  },
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[]): CapacityOptions {
  const read = new FlagsReader(COMMAND, args)
  const { values } = read
  const rate = values.rate ?? 0
  const averageRate = values['average-rate'] ?? rate
  read.refuseIf(!read.isGiven('rate'), '--rate is needed: events a second')
  read.refuseIf(values.rate !== null && averageRate > rate, '--average-rate must not be above --rate')
  read.refuseIf(read.isGiven('seed') && !values.simulate, '--seed goes with --simulate')
  read.check()
  const { videos, spread, types, form, years, copies } = values
  return {
    load: {
      ...{ rate, averageRate, videos, spread, types, form, years, copies },
      eventsPerRequest: values['events-per-request'],
      flushS: values['flush-ms'] / 1_000,
      retentionDays: values.retention,
      minutesDays: values['minutes-days'],
      hoursDays: values['hours-days'],
      horizonMin: values['horizon-min'],
    },
    simulation: values.simulate ? { seed: values.seed } : null,
    json: values.json,
    results: values.results,
  }
}

function daysOf(given: string): number {
  const [, digits, unit] = /^(\d{1,6})([dh])$/.exec(given) ?? []
  const hours = Number(digits) * (unit === 'd' ? HOURS_A_DAY : 1)
  if (hours >= RETENTION_HOURS.least && hours <= RETENTION_HOURS.most) return hours / HOURS_A_DAY
  throw new Error('must be days or hours such as 7d or 168h, from 1h to 3650d')
}

function sharesOf(given: string): number[] {
  const shares = given.split(',').map((share) => (share.trim() === '' ? Number.NaN : Number(share)))
  const sum = shares.reduce((total, share) => total + share, 0)
  const isRight = shares.every((share) => share > 0) && Math.abs(sum - 1) < SHARES_OFF_MAX
  if (isRight && shares.length <= TYPES_MAX) return shares
  throw new Error(`must be at most ${TYPES_MAX} shares above 0, separated by commas, whose sum is 1`)
}
