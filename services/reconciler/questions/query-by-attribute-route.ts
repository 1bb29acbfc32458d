// POST and QUERY /v1/query where a question is by attributes of events: here is the archive.
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../../lib/clock.ts'
import { tenantOf } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import type { QueryRate } from '../../../lib/http/query-rate.ts'
import { misdirected } from '../../query/answered-elsewhere.ts'
import type { AnswerQuery } from '../../query/deps.ts'
import type { QueryMetrics } from '../../query/query-metrics.ts'
import { registerQuery, sendQueryAnswer } from '../../query/query-routes.ts'
import { asksByAttribute, queryQuestion } from '../../query/question/query-question.ts'
import { BREAKDOWN_COST, queryCost, REQUEST_COST } from '../../query/question/question-cost.ts'
import type { Breakdowns } from './breakdowns.ts'
import { type AttributeQueryDeps, getQueryByAttribute } from './query-by-attribute.ts'

export type AttributeRouteDeps = {
  readonly breakdowns: Pick<Breakdowns, 'count'>
  readonly asked: AttributeQueryDeps
  /** The attributes that may be asked for. */
  readonly dimensions: readonly string[]
  readonly keys: Keys
  readonly rate: QueryRate
  readonly clock: Clock
}

export function answerByAttribute(deps: AttributeRouteDeps): AnswerQuery {
  const { breakdowns, asked, dimensions, keys, rate, clock } = deps
  return async (request, reply) => {
    const tenant = tenantOf(request, keys, 'read')
    rate.take(request, tenant, REQUEST_COST)
    const question = queryQuestion(request.body, clock.nowMs(), dimensions)
    rate.take(request, tenant, BREAKDOWN_COST + queryCost(question))
    const answer = await breakdowns.count(['query', tenant, question], (archived, signal) =>
      getQueryByAttribute(asked, tenant, question, archived, signal),
    )
    return sendQueryAnswer(request, reply, answer)
  }
}

/** For a process that answers no other questions of many videos. */
export function registerQueryByAttribute(
  app: FastifyInstance,
  deps: AttributeRouteDeps & { readonly metrics: QueryMetrics },
): void {
  const answer = answerByAttribute(deps)
  registerQuery(app, deps, async (request, reply) => {
    if (asksByAttribute(request.body)) return answer(request, reply)
    deps.rate.take(request, tenantOf(request, deps.keys, 'read'), REQUEST_COST)
    throw misdirected('Questions without attributes of events are answered by the query service.')
  })
}
