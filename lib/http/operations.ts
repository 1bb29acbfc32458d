// Routes for operators: is the process alive, can it take work, what are its metrics.
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { ProblemError } from './problem.ts'

export type OperationsDeps = {
  readonly registry: Registry
  /** Why the process should get no traffic now; null when it should. */
  readonly notReady: () => string | null
  /** What operators should know although it takes work; left out if there is nothing. */
  readonly warnings?: () => readonly string[]
}

export function registerOperations(
  app: FastifyInstance,
  { registry, notReady, warnings = () => [] }: OperationsDeps,
): void {
  app.get('/health/live', () => ({ status: 'live' }))
  app.get('/health/ready', () => {
    const reason = notReady()
    if (reason !== null) throw new ProblemError({ type: 'not-ready', detail: reason })
    const found = warnings()
    return found.length === 0 ? { status: 'ready' } : { status: 'ready', warnings: found }
  })
  app.get('/metrics', async (_request, reply) => {
    reply.type(registry.contentType)
    return registry.metrics()
  })
}
