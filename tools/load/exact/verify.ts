// The exactness check: waits until the answers hold everything that was acknowledged, then compares everything.
import { setTimeout as sleep } from 'node:timers/promises'
import type { SummaryData, Verdict } from '../../../load-tests/lib/summary.ts'
import type { Client } from '../../../sdk/src/index.ts'
import { differences, whole } from './compare.ts'
import { type Expected, expectedOf } from './expected.ts'
import { findCounts } from './found.ts'

export type Patience = {
  /** How long differences may be events that are not counted yet. */
  readonly waitMs: number
  /** Late events wait for a recount. */
  readonly lateWaitMs: number
  readonly askEveryMs: number
}

export const PATIENCE: Patience = { waitMs: 180_000, lateWaitMs: 600_000, askEveryMs: 500 }

/** If the clocks of machines differ by more than this, `asOf` proves nothing. */
const CLOCKS_APART_MS = 1_000

/** Fails with a Fault or a TallyError where there is no answer to judge. */
export async function verify(
  client: Client,
  data: SummaryData,
  signal: AbortSignal,
  patience: Patience = PATIENCE,
): Promise<Verdict> {
  const expected = expectedOf(data)
  const beganMs = Date.now()
  const waitMs = expected.late > 0 ? patience.lateWaitMs : patience.waitMs
  for (;;) {
    const found = await findCounts(client, expected, signal)
    const lines = differences(expected, found)
    const isWhole = found.asOfMs !== null && found.asOfMs > beganMs + CLOCKS_APART_MS
    const mayChange = !isWhole || (expected.late > 0 && lines.length > 0)
    if (!mayChange || Date.now() - beganMs > waitMs) return verdictOf(expected, lines)
    await sleep(patience.askEveryMs, undefined, { signal })
  }
}

function verdictOf(expected: Expected, lines: readonly string[]): Verdict {
  const events = whole(expected.acknowledged)
  if (expected.acknowledged === 0) {
    return { isExact: false, text: 'NOT EXACT: no event was acknowledged', differences: lines }
  }
  if (expected.open > 0) {
    const text = `NOT EXACT: of ${whole(expected.open)} events nobody knows whether they were taken`
    return { isExact: false, text, differences: lines }
  }
  if (lines.length > 0) {
    const text = `NOT EXACT: ${whole(lines.length)} differences of ${events} events acknowledged, such as ${lines[0]}`
    return { isExact: false, text, differences: lines }
  }
  return { isExact: true, text: `exact: ${events} events acknowledged, all counts equal`, differences: [] }
}
