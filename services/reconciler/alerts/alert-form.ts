// An alert in requests and answers. The one place that holds its rules.
import { listOf, objectOf, oneOf, Parameters, type QueryFault } from '../../../lib/http/parameters.ts'
import { instantText } from '../../../lib/time-text.ts'
import { isName, isType, NAME_RULE } from '../../../model/names.ts'
import type { Alert, Condition, Milestone } from '../../../stores/alerts/alerts.ts'
import { TYPE_RULE } from '../../query/question/questions.ts'
import { isWaiting } from './milestones.ts'
import { type AllowedReceivers, receiverFault } from './public-address.ts'
import { isSecret, reasonFields, SECRET_RULE } from './webhook.ts'

export const ALERT_LIMITS = {
  idCharsMax: 64,
  perTenantMax: 100,
  /** Of all tenants: they are judged one after the other, every few seconds. */
  allMax: 2_000,
  thresholdsMax: 20,
  countMax: Number.MAX_SAFE_INTEGER,
  factorLeast: 1.001,
  factorMax: 1_000,
  silentMinutesMax: 10_080,
  secretCharsMax: 100,
} as const

/** Divide an hour or a day, so that windows are cut from what is stored. */
export const WINDOW_MINUTES = [5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1_440] as const
const KINDS = ['passes', 'rises', 'silent'] as const

const ALERT_ID = /^[A-Za-z0-9._:-]{1,64}$/
export const ALERT_ID_RULE = '1–64 of A–Z a–z 0–9 . _ : -'

const COMMON = ['id', 'videoId', 'eventType', 'kind', 'url', 'secret'] as const
const FIELDS = {
  passes: [...COMMON, 'thresholds'],
  rises: [...COMMON, 'factor', 'windowMinutes', 'countMin'],
  silent: [...COMMON, 'minutes'],
} as const satisfies Readonly<Record<Condition['kind'], readonly string[]>>

const FACTOR_SCALE = 1_000

export type AskedAlert = Pick<Alert, 'alertId' | 'videoId' | 'eventType' | 'condition' | 'url'> & {
  /** Null: none is given. */
  readonly secret: string | null
}

/** Fails with ProblemError `invalid-request`, which names every fault. */
export function askedAlert(body: unknown, receivers: AllowedReceivers): AskedAlert {
  const raw = objectOf(body)
  const kind = oneOf(KINDS)(raw.kind)
  const known = kind === null ? [...new Set(Object.values(FIELDS).flat())] : FIELDS[kind]
  const fields = new Parameters<unknown>(raw, known, 'body')
  if (kind === null) fields.required('kind', `one of ${KINDS.join(', ')}`, oneOf(KINDS))
  const asked = {
    alertId: fields.required('id', ALERT_ID_RULE, (given) => (isAlertId(given) ? given : null)),
    videoId: fields.required('videoId', NAME_RULE, (given) => (isName(given) ? given : null)),
    eventType: fields.optional('eventType', TYPE_RULE, (given) => (isType(given) ? given : null)) ?? 'view',
    url: fields.required('url', 'an https:// address', (given) => urlOf(given, receivers, fields)),
    secret: fields.optional('secret', SECRET_RULE, (given) => (isSecret(given) ? given : null)) ?? null,
  }
  const condition = kind === null ? null : conditionOf(kind, fields)
  fields.check()
  return { ...asked, condition: condition! }
}

export function isAlertId(given: unknown): given is string {
  return typeof given === 'string' && ALERT_ID.test(given)
}

function conditionOf(kind: Condition['kind'], fields: Parameters<unknown>): Condition {
  const { thresholdsMax, countMax, factorLeast, factorMax, silentMinutesMax } = ALERT_LIMITS
  const count = (given: unknown) => wholeTo(given, countMax)
  switch (kind) {
    case 'passes': {
      const rule = `a list of 1 to ${thresholdsMax} different whole numbers from 1 to ${countMax}`
      const list = (given: unknown) => (Array.isArray(given) ? listOf(count, thresholdsMax)(given) : null)
      const thresholds = fields.required('thresholds', rule, list)
      return { kind, thresholds: thresholds?.toSorted((a, b) => a - b) }
    }
    case 'rises': {
      const factorRule = `a number from ${factorLeast} to ${factorMax} with at most three decimal places`
      return {
        kind,
        factor: fields.required('factor', factorRule, factorOf),
        windowMinutes: fields.required('windowMinutes', `one of ${WINDOW_MINUTES.join(', ')}`, windowOf),
        countMin: fields.required('countMin', `a whole number from 1 to ${countMax}`, count),
      }
    }
    case 'silent': {
      const rule = `a whole number from 1 to ${silentMinutesMax}`
      return { kind, minutes: fields.required('minutes', rule, (given) => wholeTo(given, silentMinutesMax)) }
    }
  }
}

/** Names what is wrong with an address by itself. */
function urlOf(given: unknown, receivers: AllowedReceivers, fields: Parameters<unknown>): string | null {
  const fault = receiverFault(given, receivers)
  if (fault === null) return new URL(given as string).href
  fields.fault(invalidUrl(fault))
  return ''
}

function invalidUrl(fault: string): QueryFault {
  return { parameter: 'url', code: 'invalid_parameter', detail: `url must ${fault}.` }
}

function wholeTo(given: unknown, most: number): number | null {
  return Number.isSafeInteger(given) && (given as number) >= 1 && (given as number) <= most
    ? (given as number)
    : null
}

function factorOf(given: unknown): number | null {
  const { factorLeast, factorMax } = ALERT_LIMITS
  if (typeof given !== 'number' || given < factorLeast || given > factorMax) return null
  return Math.round(given * FACTOR_SCALE) / FACTOR_SCALE === given ? given : null
}

function windowOf(given: unknown): number | null {
  return WINDOW_MINUTES.find((minutes) => minutes === given) ?? null
}

/** As answers show it; the secret is never shown. */
export function alertFields(alert: Alert) {
  const { alertId, videoId, eventType, condition, url, createdMs, disabled, milestones } = alert
  return {
    ...{ id: alertId, videoId, eventType, ...condition, url },
    createdAt: instantText(createdMs),
    state: disabled === null ? 'on' : 'disabled',
    disabledReason: disabled?.reason ?? null,
    milestones: milestones.map(milestoneFields),
  }
}

function milestoneFields(milestone: Milestone) {
  const { id, reason, count, asOfMs, notedMs, attempts, lastError, nextAttemptMs, deliveredMs } = milestone
  return {
    ...{ id, ...reasonFields(reason), count },
    asOf: instantText(asOfMs),
    notedAt: instantText(notedMs),
    state: isWaiting(milestone) ? 'waiting' : deliveredMs === null ? 'given_up' : 'delivered',
    attempts,
    deliveredAt: deliveredMs === null ? null : instantText(deliveredMs),
    nextAttemptAt: isWaiting(milestone) ? instantText(nextAttemptMs) : null,
    lastError,
  }
}
