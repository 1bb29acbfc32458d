// GET /v1/audit/history: the ledger of the last half hour, for charts that begin before their page was opened.
import type { FastifyInstance } from 'fastify'
import { tenantUnlessAdmin } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import type { QueryRate } from '../../../lib/http/query-rate.ts'
import { SECOND_MS } from '../../../model/bucket.ts'
import { CACHE_CONTROL } from '../answer/send-answer.ts'
import { REQUEST_COST } from '../question/question-cost.ts'
import { HISTORY, type HistoryPoint, type RecentHistory } from './recent-history.ts'

export type HistoryDeps = {
  readonly history: Pick<RecentHistory, 'points'>
  readonly keys: Keys
  readonly rate: QueryRate
}

type HistoryAnswer = {
  readonly scope: 'system' | 'tenant'
  readonly intervalSeconds: number
  readonly points: readonly HistoryPoint[]
}

export function registerHistory(app: FastifyInstance, { history, keys, rate }: HistoryDeps): void {
  app.get('/v1/audit/history', async (request, reply): Promise<HistoryAnswer> => {
    const tenant = tenantUnlessAdmin(request, keys)
    rate.take(request, tenant ?? '', REQUEST_COST)
    reply.header('cache-control', CACHE_CONTROL)
    const isAdmin = tenant === null
    const intervalSeconds = HISTORY.intervalMs / SECOND_MS
    return { scope: isAdmin ? 'system' : 'tenant', intervalSeconds, points: isAdmin ? history.points : [] }
  })
}
