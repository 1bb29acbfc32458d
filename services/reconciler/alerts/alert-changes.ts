// Makes and changes alerts, one at a time, whatever else changes them meanwhile.
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../../lib/clock.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import { Slots } from '../../../lib/slots.ts'
import { minuteOf } from '../../../model/bucket.ts'
import type { Alert, Alerts } from '../../../stores/alerts/alerts.ts'
import { ALERT_LIMITS, type AskedAlert } from './alert-form.ts'
import { changed } from './milestones.ts'
import { newSecret } from './webhook.ts'

export type AlertChangesPorts = { readonly alerts: Alerts; readonly clock: Pick<Clock, 'nowMs'> }

/** Changes that are made or wait in a process. */
export const CHANGES_WAITING_MAX = 64

const TRIES_MAX = 10

/** `secret`: one that was made here, which nobody can be told later; null where there is none. */
export type PutAlert = { readonly alert: Alert; readonly secret: string | null }

export class AlertChanges {
  readonly #ports: AlertChangesPorts
  readonly #turns = new Slots(1)
  #waiting = 0

  constructor(ports: AlertChangesPorts) {
    this.#ports = ports
  }

  /**
   * Makes an alert, or changes it: an alert of the same video, type and kind keeps what it has told; any other begins
   * anew. Both switch on one that its receiver has switched off. Fails with a ProblemError: `conflict` where there are
   * too many, `overloaded` where too many wait to be changed; and with the errors of the store.
   */
  async put(tenant: string, asked: AskedAlert): Promise<PutAlert> {
    if (this.#waiting >= CHANGES_WAITING_MAX) {
      const detail = `${CHANGES_WAITING_MAX} alerts wait to be changed: send this one later.`
      throw new ProblemError({ type: 'overloaded', detail })
    }
    this.#waiting++
    try {
      return await this.#turns.use(() => putAlert(this.#ports, tenant, asked))
    } finally {
      this.#waiting--
    }
  }
}

async function putAlert(
  { alerts, clock }: AlertChangesPorts,
  tenant: string,
  asked: AskedAlert,
): Promise<PutAlert> {
  const made = { incarnation: randomUUID(), secret: newSecret(), nowMs: clock.nowMs() }
  const answer = (alert: Alert): PutAlert => ({
    alert,
    secret: alert.secret === made.secret ? made.secret : null,
  })
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const stored = await alerts.find(tenant, asked.alertId)
    if (stored?.incarnation === made.incarnation) return answer(stored) // by the try before
    if (stored === null) await checkRoom(alerts, tenant)
    const next = nextOf(stored, tenant, asked, made)
    if (next === stored || (await alerts.write(next, stored))) return answer(next)
  }
  throw new ProblemError({ type: 'conflict', detail: 'The alert is being changed by others. Send it again.' })
}

type Made = { readonly incarnation: string; readonly secret: string; readonly nowMs: number }

function nextOf(stored: Alert | null, tenant: string, asked: AskedAlert, made: Made): Alert {
  const { secret, ...question } = asked
  if (stored !== null && isSameQuestion(stored, asked)) {
    const next = { ...stored, ...question, secret: secret ?? stored.secret, disabled: null }
    if (isDeepStrictEqual(next, stored)) return stored
    const isAskedAnew =
      asked.condition.kind === 'rises' && !isDeepStrictEqual(asked.condition, stored.condition)
    return changed(stored, { ...next, ...(isAskedAnew && { judgedTo: minuteOf(made.nowMs) }) })
  }
  return {
    ...{ tenant, ...question, secret: secret ?? stored?.secret ?? made.secret },
    ...{ incarnation: made.incarnation, createdMs: made.nowMs },
    ...{ disabled: null, milestones: [], revision: 1 },
  }
}

function isSameQuestion({ videoId, eventType, condition }: Alert, asked: AskedAlert): boolean {
  return videoId === asked.videoId && eventType === asked.eventType && condition.kind === asked.condition.kind
}

/** Nobody else in this process makes one meanwhile; each other process may make one more in that moment. */
async function checkRoom(alerts: Alerts, tenant: string): Promise<void> {
  const { perTenantMax, allMax } = ALERT_LIMITS
  const detail =
    (await alerts.ofTenant(tenant)).length >= perTenantMax
      ? `There are ${perTenantMax} alerts, and there may be no more: remove one first.`
      : (await alerts.all()).length >= allMax
        ? `All tenants together have ${allMax} alerts, and there may be no more.`
        : null
  if (detail !== null) throw new ProblemError({ type: 'conflict', detail })
}
