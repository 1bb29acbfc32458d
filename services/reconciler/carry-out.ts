// Carries out a plan of the recount: alone, or with the other processes, each the shares of the partitions that it
// archives. Who dies half-way leaves its shares to who gets its partitions.
import { MINUTE_MS } from '../../model/bucket.ts'
import type { Plans } from '../../stores/plans/plans.ts'
import type { ReconcilePorts, ReconcileSettings } from './reconcile.ts'
import { planIn, type RecountPlan, type Share } from './recount-plan.ts'
import { recountShare } from './recount-share.ts'
import { type HourResult, parseResult, resultJson } from './share-result.ts'

export type Sharing = {
  readonly plans: Plans
  /** Into how many parts the work is divided among the processes. */
  readonly partitions: () => Promise<number>
  /** Whether this process has the partition now. For a moment two may have it, or none. */
  readonly isMine: (partition: number) => boolean
}

/** The results of every share. */
export type PlanResult = readonly (readonly HourResult[])[]

/** How often to look for results of other processes. */
const LOOK_INTERVAL_MS = 2_000
/**
 * Without a new result for this long, who carries out the plan does what is left: it may be for a process that cannot.
 */
export const PATIENCE_MS = 15 * MINUTE_MS

/**
 * Returns when every share is carried out; null if another process has come to the end of the plan first. Fails with
 * the errors of the ports, and when aborted.
 */
export async function carryOut(
  ports: ReconcilePorts,
  settings: ReconcileSettings,
  plan: RecountPlan,
  signal: AbortSignal,
): Promise<PlanResult | null> {
  const { sharing, clock } = ports
  if (sharing === null) {
    const results: (readonly HourResult[])[] = []
    for (const share of plan.shares) results.push(await recountShare(ports, settings, plan, share, signal))
    return results
  }
  let resultsSeen = 0
  let newestSeenMs = clock.nowMs()
  const isMine = ({ partition }: Share) =>
    partition === null || sharing.isMine(partition) || clock.nowMs() - newestSeenMs > PATIENCE_MS
  for (;;) {
    signal.throwIfAborted()
    const noted = await sharing.plans.results(plan.version)
    if (noted.size !== resultsSeen) newestSeenMs = clock.nowMs()
    resultsSeen = noted.size
    if (plan.shares.every((_, i) => noted.has(i))) return plan.shares.map((_, i) => parseResult(noted.get(i)))
    const done = await carryOutNext(
      ports,
      settings,
      plan,
      (share, i) => !noted.has(i) && isMine(share),
      signal,
    )
    if ((await sharing.plans.current())?.version !== plan.version) return null
    if (!done) await clock.sleep(LOOK_INTERVAL_MS, signal)
  }
}

/** Carries out one share of this process in the current plan of another. False: there is none. */
export async function helpOut(
  ports: ReconcilePorts & { readonly sharing: Sharing },
  settings: ReconcileSettings,
  signal: AbortSignal,
): Promise<boolean> {
  const { plans, isMine } = ports.sharing
  const current = await plans.current()
  if (current === null) return false
  const plan = planIn(current.plan)
  if (plan === null) return false
  const noted = await plans.results(plan.version)
  const isWanted = ({ partition }: Share, i: number) =>
    !noted.has(i) && partition !== null && isMine(partition)
  return carryOutNext(ports, settings, plan, isWanted, signal)
}

async function carryOutNext(
  ports: ReconcilePorts,
  settings: ReconcileSettings,
  plan: RecountPlan,
  isWanted: (share: Share, i: number) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const next = plan.shares.findIndex(isWanted)
  if (next === -1) return false
  const result = await recountShare(ports, settings, plan, plan.shares[next]!, signal)
  await ports.sharing!.plans.note(plan.version, next, resultJson(result))
  return true
}
