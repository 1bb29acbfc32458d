// When a query service has nothing to answer with: its store does not answer, and it knows no earlier answers.
import type { Failures } from '../../lib/failing.ts'
import { isLasting, type LastingRule, type NotReadyReason } from '../../lib/http/readiness.ts'
import type { LastKnown } from './kept/last-known.ts'

/** The store is asked every second. */
const STORE_AWAY: LastingRule = { afterMs: 5_000, untriedMs: 15_000 }

/** @param failures of what is asked of the store */
export function storeAway(
  failures: Failures | null,
  lastKnown: Pick<LastKnown, 'isEmpty'>,
  nowMs: number,
): NotReadyReason | null {
  if (!lastKnown.isEmpty || !isLasting(failures, STORE_AWAY, nowMs)) return null
  const since = new Date(failures!.sinceMs).toISOString()
  const detail = `The store of counts has not answered since ${since}, and no earlier answers are known.`
  return { code: 'store_away', detail }
}
