// Parses the command line of npm run bench:regression. Pure.
import { isOn, number, parsed, text, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'

const COMPARED = ['step', 'decode', 'ingest'] as const
export type Compared = (typeof COMPARED)[number]

export type RegressionOptions = {
  /** A commit, or the directory of a checkout; null for the newest release, or what was there some commits ago. */
  readonly against: string | null
  readonly only: readonly Compared[]
  readonly pairs: number
  /** So many times the CPU time of the base is too much. */
  readonly bound: number
  readonly quick: boolean
}

const BOUND = 1.15

export const COMMAND = {
  usage: `npm run bench:regression [-- --against REF|DIR] [flags]

  CPU time an event of this checkout beside that of another commit, in turns: ${COMPARED.join(', ')}. Exit code 1 if the
  median of the ratios is above the bound, and ours cost more in three of four pairs.`,
  flags: {
    against: text('REF|DIR', 'a commit, or a checkout (default: the newest tag v*, else HEAD~20)'),
    only: parsed('NAME,NAME', 'only these of them', COMPARED, namesOf),
    pairs: wholeNumber('N', 'ours and theirs, this often', 9, { least: 1, most: 1_000 }),
    bound: number('N', 'so many times the CPU time is too much', BOUND, { least: 1, most: 100 }),
    quick: isOn('small, to see that it works; the ratios mean little'),
  },
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[]): RegressionOptions {
  const read = new FlagsReader(COMMAND, args)
  read.check()
  return read.values
}

function namesOf(given: string): Compared[] {
  return given.split(',').map((name) => {
    const found = COMPARED.find((one) => one === name)
    if (found === undefined) throw new Error(`must be of ${COMPARED.join(', ')}, separated by commas`)
    return found
  })
}
