// Which pages of other sites may send, and what they may read of the answers. A page sends with a key that names its
// origin; a write key, which everybody can read in the page, allows nothing else. Other pages stay refused, as
// cross-site.ts says. The protocol: https://fetch.spec.whatwg.org/#http-cors-protocol
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { crossSite, isCrossSiteChange } from '../cross-site.ts'
import { isListed } from '../origins.ts'
import { ProblemError } from '../problem.ts'
import { type Caller, callerOf, type Keyed } from './caller.ts'
import type { Keys } from './key-ring.ts'

/** The part of a request that says who sends. */
export type Sending = Keyed & {
  readonly method?: string
  readonly query?: unknown
}

export type Sender = Caller & {
  /** Whether it is a page of an origin that its write key names. */
  readonly isPage: boolean
}

const METHODS = 'OPTIONS, POST'
const PREFLIGHT_HEADERS = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers':
    'authorization, ce-id, ce-source, ce-specversion, ce-subject, ce-time, ce-type, content-encoding, content-type, ' +
    'x-api-key, traceparent',
  'access-control-max-age': '7200', // the longest that Chromium keeps to
}
const EXPOSED = 'Date, RateLimit, RateLimit-Policy, Retry-After'

/**
 * Who sends. A page that cannot set headers, while it unloads, has its write key in the address (`?key=`). Fails with a
 * ProblemError: as `callerOf`, and `cross-site-request` for a page that no key names.
 */
export function senderOf(request: Sending, keys: Keys): Sender {
  const isInAddress = keyInAddress(request) !== null
  const { tenant, key } = callerOf(withAddressKey(request), keys, 'send')
  const headers = request.headers as Readonly<Record<string, string | undefined>>
  const { origin } = headers
  if (key !== null && isInAddress && key.role !== 'write') {
    throw new ProblemError({ type: 'forbidden', detail: 'Only a write key may stand in an address.' })
  }
  if (key !== null && key.origins.length > 0 && origin !== undefined) {
    if (isListed(origin, key.origins)) return { tenant, key, isPage: key.role === 'write' }
    throw new ProblemError({ type: 'forbidden', detail: 'This key is not for pages of this origin.' })
  }
  if (isCrossSiteChange({ method: request.method, headers })) throw crossSite()
  return { tenant, key, isPage: false }
}

/** Answers OPTIONS for a route that takes pages; a preflight of a page that no key names is refused. */
export function answerPreflights(app: FastifyInstance, url: string, keys: Keys): void {
  app.options(url, async (request, reply) => {
    reply.headers({ allow: METHODS, vary: 'origin' })
    if (request.headers['access-control-request-method'] === undefined) return reply.code(204).send()
    const { origin } = request.headers
    if (origin === undefined || !keys.listsSender(origin)) throw crossSite()
    return reply
      .code(204)
      .headers({ ...PREFLIGHT_HEADERS, 'access-control-allow-origin': origin })
      .send()
  })
}

/**
 * Lets a page that a key names read the answer, a refusal too. Set on the raw answer, before anything is refused. It
 * does not matter here which key the page sends: the answer holds nothing that the sender did not know.
 */
export function letPageRead({ headers: { origin } }: FastifyRequest, reply: FastifyReply, keys: Keys): void {
  if (origin === undefined) return
  reply.raw.setHeader('vary', 'origin')
  if (!keys.listsSender(origin)) return
  reply.raw.setHeader('access-control-allow-origin', origin)
  reply.raw.setHeader('access-control-expose-headers', EXPOSED)
}

/** Null where a header has a key, which then counts. */
function keyInAddress({ headers, query }: Sending): string | null {
  if (headers.authorization !== undefined || headers['x-api-key'] !== undefined) return null
  const key = (query as { readonly key?: unknown } | undefined)?.key
  return typeof key === 'string' && key !== '' ? key : null
}

function withAddressKey(request: Sending): Keyed {
  const key = keyInAddress(request)
  if (key === null) return request
  return { ip: request.ip, headers: { ...request.headers, 'x-api-key': key } }
}
