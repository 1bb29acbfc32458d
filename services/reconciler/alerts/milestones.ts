// How an alert changes: what was found is noted before it is sent, and what came of sending it after. Pure; whoever
// makes the same change twice changes nothing the second time.
import { createHash } from 'node:crypto'
import { DAY_MS, SECOND_MS } from '../../../model/bucket.ts'
import type { Alert, Milestone, Reason } from '../../../stores/alerts/alerts.ts'
import type { Finding } from './judge.ts'

/** What came of sending one milestone once. */
export type Outcome =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly error: string
      /** The receiver says that it wants no more (410). */
      readonly isGone: boolean
    }

/** Milestones of one alert that wait: where there are so many, nothing more is noted until one is taken or too old. */
export const WAITING_MAX = 50
/** Milestones that an alert shows: more than the windows that may be judged again. */
export const MILESTONES_KEPT_MAX = 60
/** How long it is tried to deliver one. */
export const DELIVERY_AGE_MAX_MS = 3 * DAY_MS
const RETRY_FIRST_MS = 2 * SECOND_MS
const RETRY_LONGEST_MS = 3_600 * SECOND_MS
const DOUBLINGS_MAX = 30

export function isWaiting({ deliveredMs, gaveUpMs }: Milestone): boolean {
  return deliveredMs === null && gaveUpMs === null
}

/** The same alert if nothing is new. */
export function noted(alert: Alert, findings: readonly Finding[], nowMs: number): Alert {
  const known = new Set(alert.milestones.map(({ id }) => id))
  const added = findings
    .map((finding) => milestoneOf(alert, finding, nowMs))
    .filter(({ id }) => !known.has(id))
    .slice(0, WAITING_MAX - alert.milestones.filter(isWaiting).length)
  return added.length === 0 ? alert : changed(alert, { milestones: kept(alert, added) })
}

/** The milestones that are to be sent now, oldest first. */
export function due(alert: Alert, nowMs: number): readonly Milestone[] {
  if (alert.disabled !== null) return []
  return alert.milestones.filter((one) => isWaiting(one) && one.nextAttemptMs <= nowMs)
}

/**
 * The same alert if the milestone does not wait any more.
 * @param random in [0, 1)
 */
export function attempted(alert: Alert, id: string, outcome: Outcome, nowMs: number, random: number): Alert {
  const milestone = alert.milestones.find((one) => one.id === id)
  if (milestone === undefined || !isWaiting(milestone)) return alert
  const next = afterAttempt(milestone, outcome, nowMs, random)
  const milestones = alert.milestones.map((one) => (one.id === id ? next : one))
  const isGone = !outcome.ok && outcome.isGone
  return changed(alert, {
    milestones,
    ...(isGone && { disabled: { atMs: nowMs, reason: 'The receiver answered 410: it wants no more.' } }),
  })
}

function afterAttempt(milestone: Milestone, outcome: Outcome, nowMs: number, random: number): Milestone {
  const attempts = milestone.attempts + 1
  if (outcome.ok) return { ...milestone, attempts, deliveredMs: nowMs, lastError: null }
  const isTooOld = nowMs - milestone.notedMs >= DELIVERY_AGE_MAX_MS
  return {
    ...milestone,
    attempts,
    lastError: outcome.error,
    nextAttemptMs: nowMs + retryAfterMs(attempts, random),
    gaveUpMs: isTooOld ? nowMs : null,
  }
}

/** Doubles from two seconds to an hour; between half of that and all of it. */
export function retryAfterMs(attempts: number, random: number): number {
  const longest = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** Math.min(attempts - 1, DOUBLINGS_MAX))
  return Math.ceil(((1 + random) / 2) * longest)
}

export function changed(alert: Alert, change: Partial<Alert>): Alert {
  return { ...alert, ...change, revision: alert.revision + 1 }
}

/** Follows from what makes the alert and the reason, so that two that find it at once name it alike. */
export function milestoneId(
  alert: Pick<Alert, 'tenant' | 'alertId' | 'incarnation'>,
  reason: Reason,
): string {
  const name = JSON.stringify([alert.tenant, alert.alertId, alert.incarnation, reasonText(reason)])
  return `msg_${createHash('sha256').update(name).digest('hex').slice(0, 32)}`
}

function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case 'passes':
      return `passes ${reason.threshold}`
    case 'rises':
      return `rises ${reason.from} ${reason.to}`
    case 'silent':
      return `silent ${reason.since}`
  }
}

function milestoneOf(alert: Alert, { reason, count, asOfMs }: Finding, nowMs: number): Milestone {
  return {
    ...{ id: milestoneId(alert, reason), reason, count, asOfMs, notedMs: nowMs },
    ...{ attempts: 0, lastError: null, nextAttemptMs: nowMs, deliveredMs: null, gaveUpMs: null },
  }
}

/** Those that wait, thresholds that would be told again if they were forgotten, and the newest of the others. */
function kept({ milestones, condition }: Alert, added: readonly Milestone[]): Milestone[] {
  const all = [...milestones, ...added]
  const thresholds: readonly number[] = condition.kind === 'passes' ? condition.thresholds : []
  const isNeeded = (one: Milestone) =>
    isWaiting(one) || (one.reason.kind === 'passes' && thresholds.includes(one.reason.threshold))
  const others = all.filter((one) => !isNeeded(one))
  const room = Math.max(0, MILESTONES_KEPT_MAX - (all.length - others.length))
  const forgotten = new Set(others.slice(0, Math.max(0, others.length - room)))
  return all.filter((one) => !forgotten.has(one))
}
