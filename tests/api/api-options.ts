// Parses the command line of the test of the HTTP contract; reports all faults together.
import { parseArgs } from 'node:util'
import { misused } from '../../lib/command-line.ts'

export type ApiOptions = {
  readonly seed: number
  /** Generated requests for each operation, in addition to those that cover its description. */
  readonly examples: number
  readonly casesMin: number
}

export const USAGE = `npm run test:api -- [flags]

  --seed N       decides the requests (default: one of today, which is printed)
  --examples N   random requests for each operation, beside those that cover its description (default 250)
  --cases N      fails where fewer were sent in all (default 20000)`

const EXAMPLES = 250
const CASES_MIN = 20_000

export function parseOptions(args: readonly string[], newSeed: number): ApiOptions {
  const text = { type: 'string' } as const
  const faults: string[] = []
  const { values } = parseArgs({ args: [...args], options: { seed: text, examples: text, cases: text } })
  const number = (flag: 'seed' | 'examples' | 'cases', fallback: number, most: number) => {
    const given = values[flag] ?? String(fallback)
    if (/^\d+$/.test(given) && Number(given) <= most) return Number(given)
    faults.push(`--${flag} must be a whole number up to ${most}`)
    return fallback
  }
  const options = {
    seed: number('seed', newSeed, 2 ** 32 - 1),
    examples: number('examples', EXAMPLES, 100_000),
    casesMin: number('cases', CASES_MIN, 100_000_000),
  }
  return faults.length > 0 ? misused(faults.join('\n'), USAGE) : options
}
