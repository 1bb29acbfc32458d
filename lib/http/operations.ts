// Routes for operators: is the process alive, can it take work, what are its metrics.
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { ProblemError } from './problem.ts'
import type { Readiness } from './readiness.ts'

export type OperationsDeps = {
  /** Where metrics are served, if not at the same port; health is served at both. */
  readonly admin?: FastifyInstance | null
  readonly registry: Registry
  readonly readiness: Pick<Readiness, 'reasons'>
  /** What operators should know although it takes work; left out if there is nothing. */
  readonly warnings?: () => readonly string[]
}

export function registerOperations(
  app: FastifyInstance,
  { admin = null, registry, ...deps }: OperationsDeps,
): void {
  registerHealth(app, deps)
  if (admin !== null) registerHealth(admin, deps)
  const metrics = admin ?? app
  metrics.get('/metrics', async (_request, reply) => {
    reply.type(registry.contentType)
    return registry.metrics()
  })
}

function registerHealth(
  app: FastifyInstance,
  { readiness, warnings = () => [] }: Pick<OperationsDeps, 'readiness' | 'warnings'>,
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
}
