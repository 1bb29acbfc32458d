// Parses the command line of this benchmark. Pure.
import { text, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { MINUTES_PER_DAY } from '../../model/bucket.ts'

export type Options = {
  readonly minutes: number
  readonly videos: number
  readonly topsMib: number
  readonly redisMib: number
  readonly seed: number
  /** A Redis to empty and use; null: one is started. */
  readonly redis: string | null
}

const WEEK = 7 * MINUTES_PER_DAY

export const COMMAND = {
  usage: `npm run bench -- top-week [flags]   a week of top lists in virtual time, on a real Redis with little memory

  --json FILE   as for all benchmarks: where the results are written`,
  flags: {
    minutes: wholeNumber('N', 'minutes of the week', WEEK, { least: 60, most: 2 * WEEK }),
    videos: wholeNumber('N', 'new videos a minute, and a tenth as many steady ones', 10_000, { least: 400 }),
    'tops-mib': wholeNumber('N', 'TOPS_MIB_MAX, what the lists may take', 128, { least: 4 }),
    'redis-mib': wholeNumber('N', 'what Redis may take', 256, { least: 8 }),
    seed: wholeNumber('N', 'decides what is counted', 1, { least: 0 }),
    redis: text('URL', 'empties and uses this Redis; without it one is started'),
  },
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[]): Options {
  const read = new FlagsReader(COMMAND, args)
  read.check()
  const { 'tops-mib': topsMib, 'redis-mib': redisMib, ...rest } = read.values
  return { ...rest, topsMib, redisMib }
}
