// Carries out a plan of the recount: alone, or with the other processes, each the shares of the partitions that it
// archives. Who dies half-way leaves its shares to who gets its partitions.
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Plans } from '../../../stores/plans/plans.ts'
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
/** The usual `patienceMs`. */
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
    const checkCurrent = async () => {}
    for (const share of plan.shares)
      results.push(await recountShare(ports, settings, { plan, share, checkCurrent }, signal))
    return results
  }
  const { plans } = sharing
  const own = new Set<number>()
  let seen = 0
  let newestSeenMs = clock.nowMs()
  const isMine = ({ partition }: Share) =>
    partition === null || sharing.isMine(partition) || clock.nowMs() - newestSeenMs > settings.patienceMs
  for (;;) {
    signal.throwIfAborted()
    let noted: Pick<ReadonlySet<number>, 'has' | 'size'> = await plans.noted(plan.version)
    const ofOthers = plan.shares.filter((_, i) => noted.has(i) && !own.has(i)).length
    if (ofOthers !== seen) newestSeenMs = clock.nowMs()
    seen = ofOthers
    if (plan.shares.every((_, i) => noted.has(i))) {
      const results = await plans.results(plan.version)
      if (results.size === plan.shares.length) return plan.shares.map((_, i) => parseResult(results.get(i)))
      noted = results // one is damaged, and done again
    }
    const isWanted = (share: Share, i: number) => !noted.has(i) && isMine(share)
    const done = await carryOutNext({ ...ports, sharing }, settings, plan, isWanted, signal)
    if (done !== null) {
      own.add(done)
      continue
    }
    if ((await plans.current())?.version !== plan.version) return null
    await clock.sleep(LOOK_INTERVAL_MS, signal)
  }
}

/** Carries out one share of this process in the current plan of another. False: there is none. */
export async function helpOut(
  ports: ReconcilePorts & { readonly sharing: Sharing },
  settings: ReconcileSettings,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted()
  const { plans, isMine } = ports.sharing
  const current = await plans.current()
  if (current === null) return false
  const plan = planIn(current.plan, ports.clock.nowMs())
  if (plan === null) return false
  const noted = await plans.noted(plan.version)
  const isWanted = ({ partition }: Share, i: number) =>
    !noted.has(i) && partition !== null && isMine(partition)
  return (await carryOutNext(ports, settings, plan, isWanted, signal)) !== null
}

/** Which share it was; null: none is wanted. */
async function carryOutNext(
  ports: ReconcilePorts & { readonly sharing: Sharing },
  settings: ReconcileSettings,
  plan: RecountPlan,
  isWanted: (share: Share, i: number) => boolean,
  signal: AbortSignal,
): Promise<number | null> {
  const next = plan.shares.findIndex(isWanted)
  if (next === -1) return null
  const share = { plan, share: plan.shares[next]!, checkCurrent: currentCheck(ports, plan) }
  const result = await recountShare(ports, settings, share, signal)
  await ports.sharing.plans.note(plan.version, next, resultJson(result))
  return next
}

/**
 * Fails once the plan is no more: who was away for long must write nothing of what it read before, because what it
 * read of an hour may be purged since. Looks now and then.
 */
function currentCheck(
  { sharing: { plans }, clock }: Pick<ReconcilePorts, 'clock'> & { readonly sharing: Sharing },
  { version }: RecountPlan,
): () => Promise<void> {
  let lookedMs = clock.nowMs()
  return async () => {
    const nowMs = clock.nowMs()
    if (nowMs - lookedMs < LOOK_INTERVAL_MS) return
    if ((await plans.current())?.version !== version)
      throw new Error('another process has carried out the plan')
    lookedMs = nowMs
  }
}
