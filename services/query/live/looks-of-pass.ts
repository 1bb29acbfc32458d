// Which series live counts read in one pass: those that changed before those that are only read again to be sure, and
// the tenants in turns. However many series one tenant watches, the others wait for no more than one pass. Pure.

export type Due = {
  readonly subject: { readonly series: { readonly tenant: string } }
  /** Something changed, or it was never read. */
  readonly isDue: boolean
  readonly lookedMs: number
}

/** So a pass takes well below a second. */
export const CHANGED_PER_PASS_MAX = 500
/** At four passes a second, 2,000 series are read again within five seconds; more take longer. */
export const AGAIN_PER_PASS_MAX = 100

export function looksOfPass<T extends Due>(due: readonly T[]): readonly T[] {
  if (due.length <= AGAIN_PER_PASS_MAX) return due
  const ordered = due.toSorted((a, b) => a.lookedMs - b.lookedMs) // the others wait for longest in the next pass
  const changed = ordered.filter(({ isDue }) => isDue)
  const others = ordered.filter(({ isDue }) => !isDue)
  return [...inTurns(changed, CHANGED_PER_PASS_MAX), ...inTurns(others, AGAIN_PER_PASS_MAX)]
}

/** One of each tenant, then another one of each, and so on. */
function inTurns<T extends Due>(due: readonly T[], most: number): readonly T[] {
  const queues = Array.from(Map.groupBy(due, ({ subject }) => subject.series.tenant).values())
  const taken: T[] = []
  for (let turn = 0; taken.length < Math.min(most, due.length); turn++) {
    for (const queue of queues) if (turn < queue.length && taken.length < most) taken.push(queue[turn]!)
  }
  return taken
}
