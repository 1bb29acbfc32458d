// The routes of the query service. A question goes through: parse → plan → read → merge → answer
// (stats.ts, query.ts).
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { COMPRESSED } from '../../lib/http/compressed-answers.ts'
import { takesJson } from '../../lib/http/json-body.ts'
import { tenantUnlessAdmin } from '../../lib/http/keys/caller.ts'
import type { RawParameters } from '../../lib/http/parameters.ts'
import { CACHE_CONTROL, sendAnswer } from './answer/send-answer.ts'
import { queryTable, statsTable, summaryTable } from './answer/tables.ts'
import { answeredElsewhere } from './answered-elsewhere.ts'
import { getAudit } from './audit/audit.ts'
import { auditOfTenant } from './audit/audit-view.ts'
import type { AnswerQuery, QueryDeps } from './deps.ts'
import { withVideo } from './known-video.ts'
import { getQuery, type QueryAnswer } from './query.ts'
import { knownQuestion } from './question/known-question.ts'
import { listedQuestion, needsArchive, type QueryQuestion } from './question/query-question.ts'
import { AUDIT_COST, queryCost, SUMMARY_COST, statsCost } from './question/question-cost.ts'
import { statsQuestion, summaryQuestion } from './question/questions.ts'
import { QUERY_LIMITS } from './question/vocabulary.ts'
import { isFiltered } from './question/where.ts'
import { QuestionsOverRanges } from './questions-over-ranges.ts'
import { groupOf } from './read/forget.ts'
import { getStats } from './stats.ts'
import { getSummary } from './summary.ts'

type VideoRoute = { Params: { videoId: string }; Querystring: RawParameters }

const AUDIT = knownQuestion('audit', ['audit'])
/** The media types of a body that QUERY takes (RFC 10008, section 3). */
const ACCEPT_QUERY = '"application/json"'

/** Adds the routes of queries to a server; see the API description for their contract. */
export function registerQueries(app: FastifyInstance, deps: QueryDeps): void {
  const questions = new QuestionsOverRanges(deps)
  const measured = measuredBy(deps.metrics)
  const { query: queryFromArchive, stats: statsFromArchive } = deps.fromArchive ?? answeredElsewhere(deps)

  app.get<VideoRoute>('/v1/videos/:videoId/stats', measured, async (request, reply) => {
    const { videoId } = request.params
    if (isFiltered(request.query)) return statsFromArchive(request, reply, { videoId })
    const read = (nowMs: number) => statsQuestion(videoId, request.query, nowMs)
    const asked = questions.take(request, { videoId }, read, statsCost)
    const { range: _, ...about } = asked.question
    const group = groupOf({ tenant: asked.tenant, videoId })
    const answer = questions.answer(asked, { group, about: ['stats', asked.tenant, about] }, getStats)
    return sendAnswer(request, reply, await withVideo(deps, asked.tenant, videoId, answer), statsTable)
  })

  app.get<VideoRoute>('/v1/videos/:videoId/summary', measured, async (request, reply) => {
    const { videoId } = request.params
    const read = (nowMs: number) => summaryQuestion(videoId, request.query, nowMs)
    const asked = questions.take(request, { videoId }, read, () => SUMMARY_COST)
    const group = groupOf({ tenant: asked.tenant, videoId })
    const answer = questions.answer(asked, { group, about: ['summary', asked.tenant, videoId] }, getSummary)
    return sendAnswer(request, reply, await withVideo(deps, asked.tenant, videoId, answer), summaryTable)
  })

  const ask = async (request: FastifyRequest, reply: FastifyReply) => {
    if (needsArchive(request.body)) return queryFromArchive(request, reply)
    const asked = questions.take(request, null, (nowMs) => listedQuestion(request.body, nowMs), queryCost)
    const { range: _, digest: __, ...about } = asked.question
    const group = `query ${asked.tenant}`
    const answer = await questions.answer(asked, { group, about: [asked.tenant, about] }, getQuery)
    return sendQueryAnswer(request, reply, answer, asked.question)
  }
  registerQuery(app, deps, ask)

  app.get('/v1/audit', measured, async (request, reply) => {
    const tenant = tenantUnlessAdmin(request, deps.keys)
    deps.rate.take(request, tenant ?? '', AUDIT_COST)
    reply.header('cache-control', CACHE_CONTROL)
    const answer = await deps.lastKnown.ask(AUDIT, () => getAudit(deps))
    return tenant === null ? answer : auditOfTenant(answer, tenant)
  })
}

/** The route of questions about many videos. `ask` returns the text to send. */
export function registerQuery(
  app: FastifyInstance,
  { keys, metrics }: Pick<QueryDeps, 'keys' | 'metrics'>,
  ask: AnswerQuery,
): void {
  const { bodyBytesMax: bodyLimit } = QUERY_LIMITS
  const takesQueries = { ...measuredBy(metrics), onRequest: takesJson(keys, 'read'), bodyLimit }
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('accept-query', ACCEPT_QUERY)
    return ask(request, reply)
  }
  app.post('/v1/query', { ...takesQueries, ...COMPRESSED }, handler)
  app.route({ method: 'QUERY', url: '/v1/query', ...takesQueries, handler })
}

/** The text to send. */
export async function sendQueryAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: QueryAnswer,
  question: QueryQuestion,
): Promise<string> {
  if (answer.nextCursor !== undefined) reply.header('next-cursor', answer.nextCursor)
  const text = await sendAnswer(request, reply, answer, (found) => queryTable(found, question))
  return request.method === 'QUERY' ? revalidated(request, reply, text) : text
}

export function measuredBy(metrics: QueryDeps['metrics']) {
  return {
    onResponse: async (
      { routeOptions: { url } }: FastifyRequest,
      { statusCode, elapsedTime }: FastifyReply,
    ) => metrics.answered(url!, statusCode, elapsedTime / 1000),
  }
}

/**
 * A QUERY is safe, so its answer may be cached, and is sent again only if it has changed (RFC 10008, section 2.7).
 */
function revalidated(request: FastifyRequest, reply: FastifyReply, text: string): string {
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`
  reply.headers({ etag, 'cache-control': 'private, no-cache', vary: 'accept, authorization, x-api-key' })
  if (!request.headers['if-none-match']?.includes(etag)) return text
  reply.code(304)
  return ''
}
