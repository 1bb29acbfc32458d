// Routes for operators: is the process alive, can it take work, what are its metrics.
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { ProblemError } from './problem.ts'
import type { Readiness } from './readiness.ts'

export type OperationsDeps = {
  readonly registry: Registry
  readonly readiness: Pick<Readiness, 'reasons'>
  /** What operators should know although it takes work; left out if there is nothing. */
  readonly warnings?: () => readonly string[]
}

export function registerOperations(
  app: FastifyInstance,
  { registry, readiness, warnings = () => [] }: OperationsDeps,
): void {
  app.get('/health/live', () => ({ status: 'live' }))
  app.get('/health/ready', () => {
    const reasons = readiness.reasons()
    if (reasons.length > 0) {
      const detail = reasons.map((reason) => reason.detail).join(' ')
      throw new ProblemError({ type: 'not-ready', detail, errors: reasons })
    }
    const found = warnings()
    return found.length === 0 ? { status: 'ready' } : { status: 'ready', warnings: found }
  })
  app.get('/metrics', async (_request, reply) => {
    reply.type(registry.contentType)
    return registry.metrics()
  })
}
