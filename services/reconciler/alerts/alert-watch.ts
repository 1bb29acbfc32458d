// Judges all alerts at intervals and delivers what they have to tell, in the one process that leads. Each milestone is
// stored before it is sent and marked after, by compare-and-set on the whole alert: a process that dies in between, or
// a second one that believes to lead, sends it again under the same id, and never under another.
import type { Clock } from '../../../lib/clock.ts'
import { mapBounded } from '../../../lib/map-bounded.ts'
import { repeatUntilAborted } from '../../../lib/repeat.ts'
import { RETRY_POLICY } from '../../../lib/retry.ts'
import type { Alert, Alerts, Milestone } from '../../../stores/alerts/alerts.ts'
import type { AlertsMetrics } from './alerts-metrics.ts'
import { type Counting, type Finding, judge } from './judge.ts'
import {
  attempted,
  changed,
  due,
  isWaiting,
  milestoneId,
  noted,
  type Outcome,
  retryAfterMs,
} from './milestones.ts'
import type { SendWebhook } from './send-webhook.ts'
import { Shares } from './shares.ts'
import { signedHeaders, webhookBody } from './webhook.ts'

export type AlertWatchPorts = {
  readonly alerts: Pick<Alerts, 'all' | 'find' | 'write'>
  /** The counts of the series of an alert, as far as they go now. */
  readonly counting: (alert: Alert) => Counting
  readonly send: SendWebhook
  /** Whether a tenant has a key that may read; without one, nothing is judged or sent of it. */
  readonly mayBeTold: (tenant: string) => boolean
  /** The number of alerts of tenants without one has changed. */
  readonly onUntold: (alerts: number) => void
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Something failed, and is tried again. */
  readonly onError: (error: unknown) => void
  readonly metrics: AlertsMetrics
}

/** What is decided, without what is done. */
export type AlertRules = {
  readonly judge: typeof judge
  readonly noted: typeof noted
  readonly attempted: typeof attempted
}

export const ALERT_RULES: AlertRules = { judge, noted, attempted }

const JUDGED_AT_ONCE_MAX = 8
/** Alerts that are delivered at once, those of them of one tenant, and those to one host. */
const DELIVERED_AT_ONCE_MAX = 64
const TENANT_AT_ONCE_MAX = 8
const HOST_AT_ONCE_MAX = 4
const WRITE_TRIES_MAX = 5

type Unmarked = { readonly attempts: number; readonly nextAttemptMs: number }

export class AlertWatch {
  readonly #ports: AlertWatchPorts
  readonly #rules: AlertRules
  /** By id of the milestones that wait: attempts that could not be marked, and when to make the next. */
  #unmarked = new Map<string, Unmarked>()
  readonly #delivering = new Map<string, Promise<void>>()
  readonly #byTenant = new Shares(TENANT_AT_ONCE_MAX)
  readonly #byHost = new Shares(HOST_AT_ONCE_MAX)
  /** By alert: in which order they were begun to be delivered. Those that wait for longest are the first. */
  #begun = new Map<string, number>()
  #beginnings = 0
  #untold = 0
  readonly #stopping = new AbortController()

  constructor(ports: AlertWatchPorts, rules = ALERT_RULES) {
    this.#ports = ports
    this.#rules = rules
  }

  /** Judges every alert that may tell once, and begins to deliver what is due. Fails if the alerts cannot be read. */
  async pass(): Promise<void> {
    const { alerts, metrics, clock, onError, mayBeTold } = this.#ports
    metrics.passing()
    const all = await alerts.all()
    const told = all.filter(({ tenant }) => mayBeTold(tenant))
    this.#noteUntold(all.length - told.length)
    let isWhole = true
    const judged = await mapBounded(told, JUDGED_AT_ONCE_MAX, (alert) =>
      this.#judged(alert).catch((error) => {
        isWhole = false
        onError(error)
        return alert
      }),
    )
    if (isWhole) metrics.passed()
    metrics.waiting(waitingIn(judged), clock.nowMs())
    this.#forgetUnmarked(judged)
    this.#deliverAll(judged)
  }

  #noteUntold(alerts: number): void {
    this.#ports.metrics.untold(alerts)
    if (alerts !== this.#untold) this.#ports.onUntold(alerts)
    this.#untold = alerts
  }

  #forgetUnmarked(alerts: readonly Alert[]): void {
    const waiting = new Set(
      alerts.flatMap(({ milestones }) => milestones.filter(isWaiting).map(({ id }) => id)),
    )
    this.#unmarked = new Map(Array.from(this.#unmarked).filter(([id]) => waiting.has(id)))
  }

  /** Another process leads. */
  rest(): void {
    this.#ports.metrics.resting()
    this.#unmarked.clear()
    this.#ports.metrics.waiting([], this.#ports.clock.nowMs())
  }

  /** Ends attempts under way: nobody knows what became of them, so they are made again. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.settled()
  }

  /** When the deliveries under way have ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#delivering.values())
  }

  /** The alert with what it has to tell: only what is stored. Fails where it cannot be judged. */
  async #judged(alert: Alert): Promise<Alert> {
    if (alert.disabled !== null) return alert
    const { alerts, counting, clock } = this.#ports
    const before = alert.judgedTo ?? 0
    const { findings, judgedTo } = await this.#rules.judge(alert, counting(alert), before)
    const found = this.#rules.noted(alert, findings, clock.nowMs())
    const isJudged = judgedTo > before && isAllNoted(found, findings)
    const next = isJudged ? { ...(found === alert ? changed(alert, {}) : found), judgedTo } : found
    if (next !== alert && !(await alerts.write(next, alert))) return alert // somebody changed it: judged again
    return next
  }

  #deliverAll(alerts: readonly Alert[]): void {
    const known = alerts.map((alert) => [keyOf(alert), this.#begun.get(keyOf(alert)) ?? 0] as const)
    this.#begun = new Map(known)
    const waited = (alert: Alert) => this.#begun.get(keyOf(alert))!
    for (const alert of alerts.toSorted((a, b) => waited(a) - waited(b))) this.#deliver(alert)
  }

  #deliver(alert: Alert): void {
    const { tenant, url } = alert
    const key = keyOf(alert)
    if (this.#stopping.signal.aborted || this.#delivering.has(key)) return
    if (this.#due(alert).length === 0) return
    const { host } = new URL(url)
    if (this.#delivering.size >= DELIVERED_AT_ONCE_MAX) return
    if (!this.#byTenant.hasRoom(tenant) || !this.#byHost.hasRoom(host)) return
    this.#begun.set(key, ++this.#beginnings)
    const giveBack = [this.#byTenant.take(tenant), this.#byHost.take(host)]
    const delivering = this.#deliverDue(alert)
      .catch(this.#ports.onError)
      .finally(() => {
        this.#delivering.delete(key)
        for (const give of giveBack) give()
      })
    this.#delivering.set(key, delivering)
  }

  #due(alert: Alert): readonly Milestone[] {
    const nowMs = this.#ports.clock.nowMs()
    return due(alert, nowMs).filter(({ id }) => (this.#unmarked.get(id)?.nextAttemptMs ?? 0) <= nowMs)
  }

  /**
   * One after the other, until one fails: the next would most likely fail too. Ends where the alert is removed, or goes
   * elsewhere, or its tenant may be told no more.
   */
  async #deliverDue(alert: Alert): Promise<void> {
    const { clock, send, metrics, random, mayBeTold } = this.#ports
    const { signal } = this.#stopping
    let current: Alert | null = alert
    for (const milestone of this.#due(alert)) {
      if (current === null || !isSentAlike(current, alert) || !mayBeTold(alert.tenant)) return
      const body = webhookBody(alert, milestone)
      const headers = signedHeaders(milestone.id, body, alert.secret, clock.nowMs())
      let outcome: Outcome
      try {
        outcome = await send({ url: alert.url, headers, body }, signal)
      } catch (error) {
        if (signal.aborted) return
        throw error
      }
      metrics.attempted(outcome.ok)
      const attempts = (this.#unmarked.get(milestone.id)?.attempts ?? milestone.attempts) + 1
      const nextAttemptMs = clock.nowMs() + retryAfterMs(attempts, random())
      this.#unmarked.set(milestone.id, { attempts, nextAttemptMs })
      current = await this.#settle(alert, milestone.id, outcome)
      if (!outcome.ok) return
    }
  }

  /**
   * The alert as it is stored then; null if it is not marked. Without an end it would wait for a store that is away:
   * the milestone is sent again later.
   */
  async #settle(
    { tenant, alertId, incarnation }: Alert,
    id: string,
    outcome: Outcome,
  ): Promise<Alert | null> {
    const { alerts, clock, random } = this.#ports
    for (let tries = 0; tries < WRITE_TRIES_MAX; tries++) {
      const stored = await alerts.find(tenant, alertId)
      if (stored === null || stored.incarnation !== incarnation) return null
      const next = this.#rules.attempted(stored, id, outcome, clock.nowMs(), random())
      if (next !== stored && !(await alerts.write(next, stored))) continue
      this.#unmarked.delete(id)
      return next
    }
    return null
  }
}

function keyOf({ tenant, alertId }: Alert): string {
  return JSON.stringify([tenant, alertId])
}

function isSentAlike(one: Alert, other: Alert): boolean {
  return one.url === other.url && one.secret === other.secret && one.disabled === null
}

export type AlertLoop = Pick<AlertWatchPorts, 'clock' | 'random' | 'onError'> & {
  readonly watch: AlertWatch
  /** Whether this process is the one to do it. */
  readonly leads: () => boolean
  /** 0: none. */
  readonly intervalMs: number
}

/** Passes at intervals while this process leads, until aborted. */
export async function watchAlerts(loop: AlertLoop, signal: AbortSignal): Promise<void> {
  const { watch, leads, intervalMs, clock, random, onError } = loop
  if (intervalMs === 0) return
  const work = async () => {
    if (leads()) await watch.pass()
    else watch.rest()
  }
  const onRetry = (_attempt: number, error: unknown) => onError(error)
  await repeatUntilAborted({ work, intervalMs, retry: RETRY_POLICY, clock, random, onRetry }, signal)
  await watch.stop()
}

/** Not where there was no room. */
function isAllNoted(alert: Alert, findings: readonly Finding[]): boolean {
  const ids = new Set(alert.milestones.map(({ id }) => id))
  return findings.every(({ reason }) => ids.has(milestoneId(alert, reason)))
}

function waitingIn(alerts: readonly Alert[]): readonly number[] {
  return alerts.flatMap(({ disabled, milestones }) =>
    disabled === null ? milestones.filter(isWaiting).map(({ notedMs }) => notedMs) : [],
  )
}
