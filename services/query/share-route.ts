// POST /v1/share: a link that shows one video or channel to whoever has it, until it ends. Nothing is stored: see
// lib/http/keys/share-links.ts.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { takesJson } from '../../lib/http/json-body.ts'
import { callerOf } from '../../lib/http/keys/caller.ts'
import type { Keys } from '../../lib/http/keys/key-ring.ts'
import type { Shown } from '../../lib/http/keys/share-links.ts'
import { objectOf, Parameters } from '../../lib/http/parameters.ts'
import type { QueryRate } from '../../lib/http/query-rate.ts'
import { instantText } from '../../lib/time-text.ts'
import { DAY_MS, HOUR_MS } from '../../model/bucket.ts'
import { NAME_RULE } from '../../model/names.ts'
import type { Naming } from '../../model/naming.ts'
import { isPlainText, plainTextRule } from '../../model/plain-text.ts'
import { CACHE_CONTROL } from './answer/send-answer.ts'
import { REQUEST_COST } from './question/question-cost.ts'
import { parseVideoId } from './question/questions.ts'
import { VIDEO_LIMITS } from './videos/video-form.ts'

export type ShareDeps = {
  readonly keys: Keys
  readonly clock: Pick<Clock, 'nowMs'>
  readonly rate: QueryRate
}

type ShareAnswer = { readonly url: string; readonly token: string; readonly expiresAt: string }

export const SHARE_FIELDS = ['videoId', 'channelId', 'expiresIn'] as const
export const SHARE_DAYS = { default: 7, max: 90 } as const
/** One hour to 90 days; the description has it too. */
export const DURATION =
  /^P(?:([1-9]|[1-8][0-9]|90)D|T([1-9][0-9]{0,2}|1[0-9]{3}|20[0-9]{2}|21[0-5][0-9]|2160)H)$/

const PATH = '/v1/share'
const DURATION_RULE = `hours or days, from PT1H to P${SHARE_DAYS.max}D`
const CHANNEL_RULE = plainTextRule(1, VIDEO_LIMITS.channelCharsMax)

/** The same in every process of a deployment; the setting SHARE_SECRETS takes precedence. */
export function shareSecretOf({ key }: Pick<Naming, 'key'>): Buffer {
  return Buffer.from(key.derived('share links'))
}

export function registerShare(app: FastifyInstance, { keys, clock, rate }: ShareDeps): void {
  app.post(PATH, { onRequest: takesJson(keys, 'read') }, async (request, reply): Promise<ShareAnswer> => {
    const { tenant, key } = callerOf(request, keys, 'read')
    rate.take(request, tenant, REQUEST_COST)
    const { shows, lastsMs } = shareQuestion(request.body)
    const expiresMs = clock.nowMs() + lastsMs
    const token = keys.links.sign({ tenant, shows, expiresMs }, key?.digest ?? null)
    reply.header('cache-control', CACHE_CONTROL)
    return { url: `${pageOf(request)}#/shared/${token}`, token, expiresAt: instantText(expiresMs) }
  })
}

/** Fails with ProblemError `invalid-request`. */
function shareQuestion(body: unknown): { readonly shows: Shown; readonly lastsMs: number } {
  const raw = objectOf(body)
  const fields = new Parameters<unknown>(raw, SHARE_FIELDS, 'body')
  const videoId = fields.optional('videoId', NAME_RULE, parseVideoId)
  const channelId = fields.optional('channelId', CHANNEL_RULE, parseChannelId)
  const lastsMs = fields.optional('expiresIn', DURATION_RULE, parseDuration) ?? SHARE_DAYS.default * DAY_MS
  if ((raw.videoId === undefined) === (raw.channelId === undefined)) {
    const detail = 'Give either videoId or channelId: a link shows one video or one channel.'
    fields.fault({ parameter: 'videoId', code: 'missing_parameter', detail })
  }
  fields.check()
  return { shows: videoId === undefined ? { channelId: channelId! } : { videoId }, lastsMs }
}

function parseChannelId(given: unknown): string | null {
  return isPlainText(given, VIDEO_LIMITS.channelCharsMax) ? given : null
}

/** In milliseconds. */
function parseDuration(given: unknown): number | null {
  const [match, days, hours] = (typeof given === 'string' && DURATION.exec(given)) || []
  if (match === undefined) return null
  return days === undefined ? Number(hours) * HOUR_MS : Number(days) * DAY_MS
}

/** The address of the page, as the client knows it: behind a proxy that is trusted, and below a prefix, too. */
function pageOf({ protocol, host, originalUrl }: FastifyRequest): string {
  const [path = PATH] = originalUrl.split('?')
  const prefix = path.startsWith('/') && path.endsWith(PATH) ? path.slice(0, -PATH.length) : ''
  return `${protocol}://${host}${prefix}/`
}
