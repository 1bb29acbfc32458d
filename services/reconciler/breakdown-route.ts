// GET /v1/videos/{videoId}/breakdown, beside the answers of the query service: here is the archive.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { tenantOf } from '../../lib/http/caller.ts'
import type { Keys } from '../../lib/http/key-ring.ts'
import type { RawParameters } from '../../lib/http/parameters.ts'
import type { QueryRate } from '../../lib/http/query-rate.ts'
import type { Cell, Table } from '../../lib/table.ts'
import { SECOND_MS } from '../../model/bucket.ts'
import { BREAKDOWN_COST, REQUEST_COST } from '../query/question-cost.ts'
import { sendAnswer } from '../query/send-answer.ts'
import { metaCells, metaColumns } from '../query/tables.ts'
import type { BreakdownAnswer } from './breakdown.ts'
import type { BreakdownMetrics } from './breakdown-metrics.ts'
import { breakdownQuestion } from './breakdown-question.ts'
import type { Breakdowns } from './breakdowns.ts'

export type BreakdownRouteDeps = {
  readonly breakdowns: Breakdowns
  /** The attributes that may be asked for. */
  readonly dimensions: readonly string[]
  readonly keys: Keys
  readonly rate: QueryRate
  readonly clock: Pick<Clock, 'nowMs'>
  readonly metrics: BreakdownMetrics
}

type VideoRoute = { Params: { videoId: string }; Querystring: RawParameters }

export function registerBreakdown(app: FastifyInstance, deps: BreakdownRouteDeps): void {
  const { breakdowns, dimensions, keys, rate, clock, metrics } = deps
  const measured = {
    onResponse: async (_: FastifyRequest, { statusCode, elapsedTime }: FastifyReply) =>
      metrics.answered(statusCode, elapsedTime / SECOND_MS),
  }
  app.get<VideoRoute>('/v1/videos/:videoId/breakdown', measured, async (request, reply) => {
    const tenant = tenantOf(request, keys, 'read')
    rate.take(request, tenant, REQUEST_COST)
    const question = breakdownQuestion(request.params.videoId, request.query, dimensions, clock.nowMs())
    rate.take(request, tenant, BREAKDOWN_COST)
    const answer = { ...(await breakdowns.ask(tenant, question)), dimensions }
    return sendAnswer(request, reply, answer, breakdownTable)
  })
}

/** One row per row. */
function breakdownTable({
  videoId,
  eventType,
  function: fn,
  by,
  rows,
  meta,
  ...range
}: BreakdownAnswer): Table {
  const { startTime, endTime } = range
  const about = ['videoId', 'eventType', 'function', 'startTime', 'endTime']
  return {
    columns: [...about, by, 'isOther', 'value', ...metaColumns(meta)],
    rows: rows.map((row): Cell[] => {
      const cells = [row[by]!, row.isOther === true, row.value ?? null]
      return [videoId, eventType, fn, startTime, endTime, ...cells, ...metaCells(meta)]
    }),
  }
}
