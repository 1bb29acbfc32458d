// GET /v1/live: counts as they change, as server-sent events. State is absolute, so a client that was disconnected
// needs nothing from before: it gets the full current state and continues from there.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../../../lib/clock.ts'
import { clientOf } from '../../../lib/http/client-address.ts'
import { readingOf } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import { isShareToken, type Shown } from '../../../lib/http/keys/share-links.ts'
import type { RawParameters } from '../../../lib/http/parameters.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import type { QueryRate } from '../../../lib/http/query-rate.ts'
import { asOfText } from '../../../lib/time-text.ts'
import { REQUEST_COST } from '../question/question-cost.ts'
import { EventStream } from './event-stream.ts'
import type { LiveCount, LiveCounts, Subject } from './live-counts.ts'
import { Connections, type LiveLimits } from './live-limits.ts'
import type { LiveMetrics } from './live-metrics.ts'
import { liveQuestion } from './live-question.ts'
import { OpenStreams } from './open-streams.ts'

export type LiveDeps = {
  readonly counts: LiveCounts
  readonly keys: Keys
  readonly limits: LiveLimits
  readonly rate: QueryRate
  readonly metrics: LiveMetrics
  readonly clock: Pick<Clock, 'sleep'>
}

type LiveRequest = FastifyRequest<{ Querystring: RawParameters }>

/** The reconnection delay is random, so that clients of a lost server do not reach the next one all at once. */
const RETRY_MS = { least: 1_000, most: 3_000 }

/** Adds the route. Streams end when the server closes. */
export function registerLive(app: FastifyInstance, deps: LiveDeps): void {
  const connections = new Connections(deps.limits)
  const streams = new OpenStreams(deps.keys, deps.clock)
  app.addHook('preClose', async () => {
    deps.counts.close()
    streams.close()
  })

  app.get('/v1/live', { exposeHeadRoute: false }, async (request: LiveRequest, reply) => {
    const asking = keyed(request)
    const reading = readingOf(asking, deps.keys, shownBy(request.query))
    const { tenant, link } = reading
    deps.rate.take(request, tenant, REQUEST_COST)
    const subjects = liveQuestion(tenant, request.query, deps.limits.seriesPerConnectionMax)
    deps.rate.take(request, tenant, subjects.length)
    const connecting = { address: clientOf(request.ip), tenant, isByLink: link !== null }
    const leave = connections.enter(connecting, () => reply.raw.destroy())
    const stream = new EventStream(reply.raw, deps.limits.bufferBytesMax)
    const listener = (subject: Subject, now: LiveCount) => {
      if (stream.send('counts', now.asOfMs, messageOf(subject, now))) deps.metrics.sent()
    }
    const watchings = subjects.map((subject) => deps.counts.watch(subject, listener))
    const close = () => {
      leave()
      for (const watching of watchings) watching.leave()
      if (streams.delete(stream)) deps.metrics.closed(stream.wasDropped)
    }
    reply.raw.once('close', close)
    try {
      await Promise.all(watchings.map(({ ready }) => ready))
    } catch (error) {
      close()
      throw error
    }
    reply.hijack()
    if (reply.raw.destroyed) return
    streams.add(stream, reading)
    deps.metrics.opened()
    stream.open(reply.getHeaders(), RETRY_MS.least + Math.random() * (RETRY_MS.most - RETRY_MS.least))
    if (streams.isClosed) stream.end()
  })
}

/** An EventSource cannot send headers, so here the address may contain a key, but not the token of a share link. */
function keyed({ headers, ip, query: { key } }: LiveRequest) {
  const isInHeader = headers.authorization !== undefined || headers['x-api-key'] !== undefined
  if (isInHeader) return { ip, headers }
  if (typeof key === 'string' && isShareToken(key)) {
    const detail = 'A share link is taken in the header Authorization alone: addresses are logged.'
    throw new ProblemError({ type: 'forbidden', detail })
  }
  return { ip, headers: { ...headers, 'x-api-key': key } }
}

/** A link may watch its video and no other: null where several are asked for, or none. */
function shownBy({ videoId }: RawParameters): Shown | null {
  const asked = new Set([videoId].flat())
  const [only] = asked
  return asked.size === 1 && typeof only === 'string' ? { videoId: only } : null
}

function messageOf({ series }: Subject, now: LiveCount): string {
  const { count, viewers, asOfMs, stale, isComplete } = now
  const { videoId, type } = series
  const asOf = asOfText(asOfMs)
  const known = { videoId, eventType: type, count, asOf }
  const faults = { ...(stale && { stale }), ...(!isComplete && { complete: false }) }
  return JSON.stringify({ ...known, ...(viewers !== null && { viewers }), ...faults })
}
