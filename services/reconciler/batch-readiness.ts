// Why a process of the batch layer is not ready.
import type { NotReadyReason } from '../../lib/http/readiness.ts'
import type { Reconciler } from './reconciler.ts'

/** @param behindMaxMs null: a recount may be as far behind as it is */
export function batchReasons(
  { halted, behindMs }: Pick<Reconciler, 'halted' | 'behindMs'>,
  behindMaxMs: number | null,
): NotReadyReason[] {
  const reasons: NotReadyReason[] = []
  if (halted.size > 0) {
    const sources = Array.from(halted.keys()).join(', ')
    const detail = `Sources that are not archived any more, an operator must decide how to go on: ${sources}.`
    reasons.push({ code: 'archive_halted', detail })
  }
  if (behindMaxMs !== null && behindMs > behindMaxMs) {
    const [behindS, mostS] = [behindMs, behindMaxMs].map((ms) => Math.floor(ms / 1_000))
    const detail = `The recount is ${behindS} seconds behind: at most ${mostS} are allowed.`
    reasons.push({ code: 'recount_behind', detail })
  }
  return reasons
}
