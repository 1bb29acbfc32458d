// The routes with which operators handle dead letters. See the API description for their contract.
import type { FastifyInstance } from 'fastify'
import { adminOf } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import type { RawParameters } from '../../../lib/http/parameters.ts'
import { limitReads, type QueryRate } from '../../../lib/http/query-rate.ts'
import type { SchemaSet } from '../../../schemas/schema-set.ts'
import type { DeadLetters } from './dead-letters.ts'
import { bulkQuestion, correctionOf, discardReason, listQuestion } from './letter-questions.ts'
import { detailOf, viewOf } from './views.ts'

export type DeadLetterRoutesDeps = {
  readonly deadLetters: DeadLetters
  readonly keys: Keys
  readonly schemas: SchemaSet
  readonly rate: QueryRate
}

type LetterRoute = { Params: { id: string }; Body: unknown }

const ROOT = '/v1/admin/dead-letters'

/** Adds the routes. When the server closes, replays in progress are finished before the close ends. */
export function registerDeadLetters(app: FastifyInstance, deps: DeadLetterRoutesDeps): void {
  const { deadLetters, keys, schemas, rate } = deps
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      adminOf(request, keys)
      reply.header('cache-control', 'no-store')
    })
    limitReads(scope, rate)
    scope.addHook('onClose', () => deadLetters.close())

    scope.get<{ Querystring: RawParameters }>(ROOT, async ({ query }) => {
      const { found, cursor } = await deadLetters.list(listQuestion(query))
      return { letters: found.map((one) => viewOf(schemas, one)), cursor }
    })

    scope.get<LetterRoute>(`${ROOT}/:id`, async ({ params }) => {
      return detailOf(schemas, await deadLetters.show(params.id))
    })

    scope.post<LetterRoute>(`${ROOT}/:id/replay`, async (request) => {
      const { params, body } = request
      const replayed = await deadLetters.replay(params.id, correctionOf(body), adminOf(request, keys))
      return viewOf(schemas, replayed)
    })

    scope.post<LetterRoute>(`${ROOT}/:id/discard`, async (request) => {
      const { params, body } = request
      const discarded = await deadLetters.discard(params.id, discardReason(body), adminOf(request, keys))
      return viewOf(schemas, discarded)
    })

    scope.post<{ Body: unknown }>(`${ROOT}/replay`, async (request) => {
      return deadLetters.replayAll(bulkQuestion(request.body), adminOf(request, keys))
    })
  })
}
