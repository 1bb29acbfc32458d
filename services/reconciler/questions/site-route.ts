// GET /v1/site/stats: one number about all videos of a tenant together. Here is the archive that it is counted from.
import type { FastifyInstance } from 'fastify'
import { tenantOf } from '../../../lib/http/keys/caller.ts'
import type { RawParameters } from '../../../lib/http/parameters.ts'
import { sendAnswer } from '../../query/answer/send-answer.ts'
import { totalTable } from '../../query/answer/tables.ts'
import { REQUEST_COST, siteCost } from '../../query/question/question-cost.ts'
import { totalQuestion } from '../../query/question/questions.ts'
import { isFiltered } from '../../query/question/where.ts'
import type { ArchiveQueryRouteDeps } from './archive-query-route.ts'
import { answerFilteredSite } from './filtered-route.ts'
import { getSiteStats, type SiteStatsDeps } from './site-stats.ts'

export type SiteRouteDeps = ArchiveQueryRouteDeps & { readonly site: SiteStatsDeps }

export function registerSite(app: FastifyInstance, deps: SiteRouteDeps): void {
  const { breakdowns, site, keys, rate, clock } = deps
  app.get<{ Querystring: RawParameters }>('/v1/site/stats', async (request, reply) => {
    if (isFiltered(request.query)) return answerFilteredSite(deps, request, reply)
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
