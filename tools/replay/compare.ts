// Asks the server for every (video, type) and compares the answers with the truth.
import type { Client, StatsFunction, StatsValue } from '../../sdk/src/index.ts'
import type { Expected, Truth } from './file-counts.ts'
import { askUpTo } from './server-state.ts'

export type Difference = {
  readonly videoId: string
  readonly type: string
  readonly fn: StatsFunction
  readonly expected: StatsValue
  readonly found: StatsValue
}

export type Comparison = { keys: number; agreeing: number; readonly differences: Difference[] }

export type Range = { readonly fromMs: number; readonly toMs: number }

const FUNCTIONS = ['count', 'sum', 'average'] as const
const NOTHING: Expected = { count: 0, values: 0, sumThousandths: 0n }

/** Counts and sums must be equal; an average may differ by the rounding of a double's last places. */
const AVERAGE_TOLERANCE = 2 ** -50

/**
 * Every video with every type of the file, so that unexpected counts are found as well. Of an answer that does not
 * reach `lastAckMs`, when the last event was acknowledged, nothing can be said: it is asked for again.
 */
export async function compare(
  client: Client,
  truth: Truth,
  range: Range,
  prefix: string,
  lastAckMs: number,
  concurrency: number,
  signal: AbortSignal,
): Promise<Comparison> {
  const comparison: Comparison = { keys: 0, agreeing: 0, differences: [] }
  const keys = keysOf(truth)
  const worker = async () => {
    for (const { videoId, type, expected } of keys) {
      comparison.keys++
      const answers = FUNCTIONS.map((fn) =>
        askUpTo(
          lastAckMs,
          () => client.getStats(prefix + videoId, type, fn, range.fromMs, range.toMs, { signal }),
          signal,
        ),
      )
      const differences = (await Promise.all(answers)).flatMap(({ value: found }, at) => {
        const fn = FUNCTIONS[at]!
        const wanted = expectedValue(expected, fn)
        return agrees(fn, wanted, found) ? [] : [{ videoId, type, fn, expected: wanted, found }]
      })
      if (differences.length === 0) comparison.agreeing++
      comparison.differences.push(...differences)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return comparison
}

function* keysOf(truth: Truth) {
  for (const [videoId, types] of truth.videos) {
    for (const type of truth.types) yield { videoId, type, expected: types.get(type) ?? NOTHING }
  }
}

function expectedValue(
  { count, values, sumThousandths }: Expected,
  fn: (typeof FUNCTIONS)[number],
): StatsValue {
  if (fn === 'count') return count
  if (fn === 'sum') return decimal(sumThousandths)
  return values === 0 ? null : Number(sumThousandths) / (1_000 * values)
}

/** The double nearest to a number of thousandths. */
function decimal(thousandths: bigint): number {
  const sign = thousandths < 0n ? '-' : ''
  const digits = String(thousandths < 0n ? -thousandths : thousandths).padStart(4, '0')
  return Number(`${sign}${digits.slice(0, -3)}.${digits.slice(-3)}`)
}

function agrees(fn: StatsFunction, expected: StatsValue, found: StatsValue): boolean {
  if (fn !== 'average' || expected === null || found === null) return expected === found
  return Math.abs(expected - found) <= Math.abs(expected) * AVERAGE_TOLERANCE
}
