// GET /v1/top: the most counted videos, or the fastest rising ones.
import type { FastifyInstance } from 'fastify'
import { tenantOf } from '../../../lib/http/keys/caller.ts'
import type { RawParameters } from '../../../lib/http/parameters.ts'
import { knownRangeQuestion } from '../question/known-question.ts'
import { TOP_COST } from '../question/question-cost.ts'
import { type TopDeps, Tops } from './top.ts'
import { topQuestion } from './top-question.ts'

export function registerTops(app: FastifyInstance, deps: TopDeps): void {
  const tops = new Tops(deps)
  app.get<{ Querystring: RawParameters }>('/v1/top', async (request, reply) => {
    const tenant = tenantOf(request, deps.keys, 'read')
    deps.rate.take(request, tenant, TOP_COST)
    const nowMs = deps.clock.nowMs()
    const question = topQuestion(request.query, nowMs)
    reply.header('cache-control', 'no-store')
    const { range, ...about } = question
    const known = knownRangeQuestion(`top ${tenant}`, ['top', tenant, about], range, nowMs)
    return deps.lastKnown.ask(known, () => tops.top(tenant, question))
  })
}
