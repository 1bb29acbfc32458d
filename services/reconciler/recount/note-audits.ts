// What a plan comes to when all its shares are recounted: the totals of whole sites, and the audit of each hour. Only
// then is an hour noted as recounted.
import { MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import { addTallies, NO_TALLY } from '../../../model/tally.ts'
import type { HourAudit } from '../../../stores/counts/rollups.ts'
import type { PlanResult } from './carry-out.ts'
import { isClosed } from './due-hours.ts'
import type { ReconcilePorts } from './reconcile.ts'
import {
  auditVersionOf,
  checkWhole,
  type PlannedHour,
  type RecountPlan,
  siteVersionOf,
} from './recount-plan.ts'
import { rollUp } from './recount-share.ts'
import type { HourResult } from './share-result.ts'
import { SiteTotals } from './site-totals.ts'

/** Throws if a part of an hour is not recounted. Hours in order of time. */
export async function noteAudits(
  { rollups, removals, clock }: Pick<ReconcilePorts, 'rollups' | 'removals' | 'clock'>,
  plan: RecountPlan,
  results: PlanResult,
): Promise<readonly HourAudit[]> {
  checkWhole({ hours: plan.hours, shares: plan.shares.filter((_, i) => results[i] !== undefined) })
  const { all: removed = [] } = await removals(plan.hours[0]!.hour)
  const ofHours = Map.groupBy(results.flat(), ({ hour }) => hour)
  const audits = plan.hours.map((planned) =>
    auditOf(plan, planned, ofHours.get(planned.hour)!, clock.nowMs()),
  )
  for (const { hour, missing } of audits) {
    // Hours of which something is missing keep the totals that they had.
    if (!isClosed(hour, plan.closedTo) || missing.length > 0) continue
    const sites = new SiteTotals()
    for (const total of ofHours.get(hour)!.flatMap((result) => result.sites)) sites.addTotal(hour, total)
    await rollUp(rollups, siteVersionOf(plan, hour), await sites.rows(hour, rollups, removed))
  }
  await rollups.writeHours(audits)
  return audits
}

function auditOf(
  plan: RecountPlan,
  { hour, mark, lateMark }: PlannedHour,
  results: readonly HourResult[],
  nowMs: number,
): HourAudit {
  const names = Array.from(new Set(results.flatMap(({ missing }) => missing)))
  const lost = results.reduce((sum, result) => sum + result.lost, 0)
  return {
    hour,
    mark,
    lateMark,
    beforeMinute: Math.min(hour + MINUTES_PER_HOUR, plan.closedTo),
    version: auditVersionOf(plan),
    recountedMs: nowMs,
    ...results.map(({ tally }) => tally).reduce(addTallies, NO_TALLY),
    missing: lost === 0 ? names : [...names, `${lost} events that were counted before`],
    purged: false,
    knowsQuarters: true,
    knowsSites: true,
  }
}
