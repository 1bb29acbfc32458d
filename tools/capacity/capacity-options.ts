// Parses the command line of npm run capacity.
import { wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import type { Load } from './plan.ts'

const PEAK = 3

export const COMMAND = {
  usage: `npm run capacity -- --events-per-second N [flags]

  Says what a load needs: processes, partitions, memory, disks, nodes of Cassandra. It only computes, from what was
  measured; nothing has to run.`,
  flags: {
    'events-per-second': wholeNumber('N', 'on average over the day; needed', null, { least: 1, most: 1e9 }),
    'peak-per-second': wholeNumber('N', `in the busiest minutes (default ${PEAK} times the average)`, null, {
      least: 1,
      most: 1e9,
    }),
    'events-per-request': wholeNumber('N', 'a browser sends one or a few', 100, { least: 1, most: 1_000 }),
    videos: wholeNumber('N', 'that are watched at all', 1_000_000, { least: 1, most: 1e10 }),
    types: wholeNumber('N', 'of events of each video', 1, { least: 1, most: 1_000 }),
    'raw-days': wholeNumber('N', 'raw retention: RAW_RETENTION_HOURS / 24', 7, { least: 1, most: 3_650 }),
    'minutes-days': wholeNumber('N', 'MINUTES_DAYS', 14, { least: 3, most: 7_000 }),
    'hours-days': wholeNumber('N', 'HOURS_DAYS', 400, { least: 4, most: 7_000 }),
    years: wholeNumber('N', 'of days, which are kept for ever', 5, { least: 1, most: 100 }),
    'horizon-min': wholeNumber('N', 'how old an event may be and still be counted at once', 10, {
      least: 1,
      most: 1_440,
    }),
    copies: wholeNumber('N', 'that Kafka and Cassandra keep', 3, { least: 1, most: 9 }),
  },
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[]): Load {
  const read = new FlagsReader(COMMAND, args)
  const { values } = read
  const eventsPerSecond = values['events-per-second'] ?? 0
  const peakPerSecond = values['peak-per-second'] ?? Math.ceil(eventsPerSecond * PEAK)
  read.refuseIf(!read.isGiven('events-per-second'), '--events-per-second is needed')
  read.refuseIf(
    peakPerSecond < eventsPerSecond,
    '--peak-per-second must not be lower than --events-per-second',
  )
  read.check()
  return {
    ...{ eventsPerSecond, peakPerSecond, videos: values.videos, types: values.types, years: values.years },
    ...{ copies: values.copies, horizonMin: values['horizon-min'], rawDays: values['raw-days'] },
    eventsPerRequest: values['events-per-request'],
    minutesDays: values['minutes-days'],
    hoursDays: values['hours-days'],
  }
}
