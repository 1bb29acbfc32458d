// The addresses of the query service. A question goes through: parse → plan → read → merge → answer
// (stats.ts).
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { tenantOf } from '../http/api-keys.ts'
import { preferredForm } from './accept.ts'
import { getAudit } from './audit.ts'
import { CSV_MEDIA_TYPE } from './csv.ts'
import type { QueryDeps } from './deps.ts'
import { withVideo } from './known-video.ts'
import type { RawParameters } from './parameters.ts'
import { statsQuestion, summaryQuestion } from './questions.ts'
import { getStats } from './stats.ts'
import { getSummary } from './summary.ts'
import { statsTable, summaryTable } from './tables.ts'

type VideoRoute = { Params: { videoId: string }; Querystring: RawParameters }

/** Every answer may differ a second later, and by tenant. */
const CACHE_CONTROL = 'no-store'

/** Adds the routes of queries to a server; see the API description for their contract. */
export function registerQueries(app: FastifyInstance, deps: QueryDeps): void {
  const measured = {
    onResponse: async (
      { routeOptions: { url } }: FastifyRequest,
      { statusCode, elapsedTime }: FastifyReply,
    ) => deps.metrics.answered(url!, statusCode, elapsedTime / 1000),
  }

  app.get<VideoRoute>('/v1/videos/:videoId/stats', measured, async (request, reply) => {
    const tenant = tenantOf(request, deps.keys)
    const question = statsQuestion(request.params.videoId, request.query, deps.clock.nowMs())
    const asked = getStats(deps, tenant, question)
    return send(request, reply, await withVideo(deps, tenant, question.videoId, asked), statsTable)
  })

  app.get<VideoRoute>('/v1/videos/:videoId/summary', measured, async (request, reply) => {
    const tenant = tenantOf(request, deps.keys)
    const question = summaryQuestion(request.params.videoId, request.query, deps.clock.nowMs())
    const asked = getSummary(deps, tenant, question)
    return send(request, reply, await withVideo(deps, tenant, question.videoId, asked), summaryTable)
  })

  app.get('/v1/audit', measured, async (request, reply) => {
    tenantOf(request, deps.keys)
    reply.header('cache-control', CACHE_CONTROL)
    return getAudit(deps)
  })
}

function send<T>(request: FastifyRequest, reply: FastifyReply, answer: T, table: (answer: T) => string) {
  reply.header('cache-control', CACHE_CONTROL).header('vary', 'accept')
  if (preferredForm(request.headers.accept) === 'json') return reply.send(answer)
  return reply.type(CSV_MEDIA_TYPE).send(table(answer))
}
