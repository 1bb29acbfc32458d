// GET /v1/live: counts as they change, as server-sent events. State is absolute, so a client that was disconnected
// needs nothing from before: it gets the full current state and continues from there.
import { setInterval } from 'node:timers'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { tenantOf } from '../../../lib/http/caller.ts'
import { clientOf } from '../../../lib/http/client-address.ts'
import type { Keys } from '../../../lib/http/key-ring.ts'
import type { RawParameters } from '../../../lib/http/parameters.ts'
import type { QueryRate } from '../../../lib/http/query-rate.ts'
import { asOfText } from '../../../lib/time-text.ts'
import { REQUEST_COST } from '../question-cost.ts'
import { EventStream } from './event-stream.ts'
import type { LiveCount, LiveCounts, Subject } from './live-counts.ts'
import { Connections, type LiveLimits } from './live-limits.ts'
import type { LiveMetrics } from './live-metrics.ts'
import { liveQuestion } from './live-question.ts'

export type LiveDeps = {
  readonly counts: LiveCounts
  readonly keys: Keys
  readonly limits: LiveLimits
  readonly rate: QueryRate
  readonly metrics: LiveMetrics
}

type LiveRequest = FastifyRequest<{ Querystring: RawParameters }>

const HEARTBEAT_MS = 15_000
/** The reconnection delay is random, so that clients of a lost server do not reach the next one all at once. */
const RETRY_MS = { least: 1_000, most: 3_000 }

/** Adds the route. Streams end when the server closes. */
export function registerLive(app: FastifyInstance, deps: LiveDeps): void {
  const connections = new Connections(deps.limits)
  const streams = new Set<EventStream>()
  const beating = setInterval(() => {
    for (const stream of streams) stream.beat()
  }, HEARTBEAT_MS).unref()
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
    clearInterval(beating)
    deps.counts.close()
    for (const stream of streams) stream.end()
  })

  app.get('/v1/live', { exposeHeadRoute: false }, async (request: LiveRequest, reply) => {
    const tenant = tenantOf(keyed(request), deps.keys, 'read')
    deps.rate.take(request, tenant, REQUEST_COST)
    const subjects = liveQuestion(tenant, request.query, deps.limits.seriesPerConnectionMax)
    deps.rate.take(request, tenant, subjects.length)
    const leave = connections.enter(clientOf(request.ip))
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
    streams.add(stream)
    deps.metrics.opened()
    stream.open(reply.getHeaders(), RETRY_MS.least + Math.random() * (RETRY_MS.most - RETRY_MS.least))
    if (isClosing) stream.end()
  })
}

/** An EventSource cannot send headers, so here the address may contain a key. */
function keyed({ headers, ip, query: { key } }: LiveRequest) {
  const isInHeader = headers.authorization !== undefined || headers['x-api-key'] !== undefined
  return { ip, headers: isInHeader ? headers : { ...headers, 'x-api-key': key } }
}

function messageOf({ series }: Subject, { count, viewers, asOfMs, stale }: LiveCount): string {
  const { videoId, type } = series
  const asOf = asOfText(asOfMs)
  const known = { videoId, eventType: type, count, asOf }
  return JSON.stringify({ ...known, ...(viewers !== null && { viewers }), ...(stale && { stale }) })
}
