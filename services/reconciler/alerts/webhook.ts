// What is sent to a receiver, and how it is signed: as the Standard Webhooks say, so that their libraries check it.
// Pure, but for making secrets. Source: https://github.com/standard-webhooks/standard-webhooks
import { createHmac, randomBytes } from 'node:crypto'
import { instantText, minuteText } from '../../../lib/time-text.ts'
import { SECOND_MS } from '../../../model/bucket.ts'
import type { Alert, Milestone, Reason } from '../../../stores/alerts/alerts.ts'

const PREFIX = 'whsec_'
const SECRET = /^whsec_[A-Za-z0-9+/]+={0,2}$/
const SECRET_BYTES = { least: 24, most: 64, made: 32 } as const

export const SECRET_RULE = `${PREFIX} and ${SECRET_BYTES.least} to ${SECRET_BYTES.most} random bytes in Base64`

export function newSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES.made).toString('base64')}`
}

export function isSecret(given: unknown): given is string {
  if (typeof given !== 'string' || !SECRET.test(given)) return false
  const { length } = keyOf(given)
  return length >= SECRET_BYTES.least && length <= SECRET_BYTES.most
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64')
}

/** The same text each time that a milestone is sent. */
export function webhookBody(
  { alertId, videoId, eventType }: Pick<Alert, 'alertId' | 'videoId' | 'eventType'>,
  { id, reason, count, asOfMs, notedMs }: Pick<Milestone, 'id' | 'reason' | 'count' | 'asOfMs' | 'notedMs'>,
): string {
  return JSON.stringify({
    type: `alert.${reason.kind}`,
    timestamp: instantText(notedMs),
    data: { id, alertId, videoId, eventType, count, ...reasonFields(reason), asOf: instantText(asOfMs) },
  })
}

export function testBody(
  { alertId, videoId, eventType }: Pick<Alert, 'alertId' | 'videoId' | 'eventType'>,
  id: string,
  nowMs: number,
): string {
  const data = { id, alertId, videoId, eventType }
  return JSON.stringify({ type: 'alert.test', timestamp: instantText(nowMs), data })
}

/** What a reason says, in requests to receivers and in answers. */
export function reasonFields(reason: Reason) {
  switch (reason.kind) {
    case 'passes':
      return { threshold: reason.threshold }
    case 'rises':
      return {
        startTime: minuteText(reason.from),
        endTime: minuteText(reason.to),
        countBefore: reason.countBefore,
      }
    case 'silent':
      return { silentSince: minuteText(reason.since) }
  }
}

/** The headers of one attempt: the time is that of the attempt, so that a receiver can refuse old ones. */
export function signedHeaders(
  id: string,
  body: string,
  secret: string,
  nowMs: number,
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / SECOND_MS))
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  }
}
