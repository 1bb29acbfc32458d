// Parses the command line of this benchmark. Pure.
import { isOn, oneOf, parsed, text, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'

export const SPREADS = ['zipf', 'uniform'] as const
/** How events fall on videos: by Zipf's law with exponent 1, or on each alike. */
export type Spread = (typeof SPREADS)[number]

export type TailOptions = {
  readonly events: number
  readonly videos: readonly number[]
  readonly spreads: readonly Spread[]
  /** Events a second; 0 for as fast as they can be counted. */
  readonly rate: number
  readonly seed: number
  /** What this state of the code is called in the file and in the plot. */
  readonly label: string
  /** Measures forms of writing instead of cases. */
  readonly forms: boolean
  /** The plot, and the files with results that it shows. */
  readonly plot: string | null
  readonly from: readonly string[]
}

const VIDEOS = [1e4, 1e5, 1e6]
const VIDEOS_MOST = 1e7
const BOTH = 'both'

export const COMMAND = {
  usage: `npm run bench -- tail [flags]                       what a long tail of videos costs on Cassandra
npm run bench -- tail --forms                       ways to write its rows, and what they cost to read
npm run bench -- tail --plot FILE --from FILE,FILE  draws what earlier runs wrote with --json

  --json FILE   as for all benchmarks: where the results are written`,
  flags: {
    events: wholeNumber('N', 'events in each case', 2_000_000, { least: 1_000 }),
    videos: parsed('N,N', 'how many videos (default 1e4,1e5,1e6; at most 1e7)', VIDEOS, parseVideos),
    spread: oneOf('NAME', 'how events fall on videos: zipf, uniform or both', BOTH, [...SPREADS, BOTH]),
    rate: wholeNumber('N', 'events per second; 0: as fast as possible', 0, { least: 0 }),
    seed: wholeNumber('N', 'decides the events', 1, { least: 0 }),
    label: text('TEXT', 'the name of this run in the file and the plot', 'now'),
    forms: isOn('measure forms of writing; --events: the rows of each'),
    plot: text('FILE', 'where the plot is written, as SVG'),
    from: text('FILE,FILE', 'with --plot: draws these files and counts nothing'),
  },
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[]): TailOptions {
  const read = new FlagsReader(COMMAND, args)
  const { values } = read
  read.refuseIf(values.from !== null && values.plot === null, '--from goes with --plot')
  read.check()
  const { spread, from, ...rest } = values
  return { ...rest, spreads: spread === BOTH ? SPREADS : [spread], from: from?.split(',') ?? [] }
}

function parseVideos(given: string): number[] {
  const numbers = given.split(',').map(Number)
  const isValid = (count: number) => Number.isSafeInteger(count) && count >= 1 && count <= VIDEOS_MOST
  if (numbers.every(isValid)) return numbers
  throw new Error(`must be whole numbers from 1 to ${VIDEOS_MOST}, separated by commas`)
}
