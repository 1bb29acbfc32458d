// GET /v1/site/stats: one number about all videos of a tenant together. Here is the archive that it is counted from.
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { tenantOf } from '../../lib/http/caller.ts'
import type { Keys } from '../../lib/http/key-ring.ts'
import type { RawParameters } from '../../lib/http/parameters.ts'
import type { QueryRate } from '../../lib/http/query-rate.ts'
import { REQUEST_COST, siteCost } from '../query/question-cost.ts'
import { totalQuestion } from '../query/questions.ts'
import { sendAnswer } from '../query/send-answer.ts'
import { totalTable } from '../query/tables.ts'
import type { Breakdowns } from './breakdowns.ts'
import { getSiteStats, type SiteStatsDeps } from './site-stats.ts'

export type SiteRouteDeps = {
  readonly breakdowns: Pick<Breakdowns, 'count'>
  readonly site: SiteStatsDeps
  readonly keys: Keys
  readonly rate: QueryRate
  readonly clock: Pick<Clock, 'nowMs'>
}

export function registerSite(
  app: FastifyInstance,
  { breakdowns, site, keys, rate, clock }: SiteRouteDeps,
): void {
  app.get<{ Querystring: RawParameters }>('/v1/site/stats', async (request, reply) => {
    const tenant = tenantOf(request, keys, 'read')
    rate.take(request, tenant, REQUEST_COST)
    const question = totalQuestion(request.query, clock.nowMs())
    rate.take(request, tenant, siteCost(question))
    const answer = await breakdowns.count(['site', tenant, question], (archived, signal) =>
      getSiteStats(site, tenant, question, archived, signal),
    )
    return sendAnswer(request, reply, answer, (total) => totalTable({}, total))
  })
}
