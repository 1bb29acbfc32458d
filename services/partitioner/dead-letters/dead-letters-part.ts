// Adds the routes and metrics of dead letters to a process that serves operators.
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import type { QueryRate } from '../../../lib/http/query-rate.ts'
import { loadSchemas } from '../../../schemas/schema-set.ts'
import { watchDeadLetters } from './dead-letter-metrics.ts'
import { registerDeadLetters } from './dead-letter-routes.ts'
import { DeadLetters, type DeadLettersDeps } from './dead-letters.ts'

export function serveDeadLetters(
  app: FastifyInstance,
  registry: Registry,
  keys: Keys,
  rate: QueryRate,
  deps: Omit<DeadLettersDeps, 'schemas'>,
): void {
  const schemas = loadSchemas()
  const deadLetters = new DeadLetters({ ...deps, schemas })
  registerDeadLetters(app, { deadLetters, keys, schemas, rate })
  watchDeadLetters(registry, () => deadLetters.openCount(), deps.clock.nowMs)
}
