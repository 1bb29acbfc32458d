// Puts dead letters behind the addresses and the metrics of a process that serves operators.
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { loadSchemas } from '../../schemas/schema-set.ts'
import type { AdminAccess } from '../http/admin-keys.ts'
import { DeadLetters, type DeadLettersDeps } from './dead-letters.ts'
import { watchDeadLetters } from './metrics.ts'
import { registerDeadLetters } from './routes.ts'

export function serveDeadLetters(
  app: FastifyInstance,
  registry: Registry,
  access: AdminAccess,
  deps: Omit<DeadLettersDeps, 'schemas'>,
): void {
  const schemas = loadSchemas()
  const deadLetters = new DeadLetters({ ...deps, schemas })
  registerDeadLetters(app, { deadLetters, access, schemas })
  watchDeadLetters(registry, () => deadLetters.openCount(), deps.clock.nowMs)
}
