// Shows and changes, while the process runs, from which level on it logs.
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Keys } from './keys/key-ring.ts'
import { needsKey } from './keys/needs-key.ts'
import { ProblemError } from './problem.ts'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const

const ADDRESS = '/v1/admin/log-level'

/** @param loggers all that the process logs with */
export function registerLogLevel(
  app: FastifyInstance,
  keys: Keys,
  loggers: readonly Pick<FastifyBaseLogger, 'level'>[],
): void {
  const onRequest = needsKey(keys, 'admin')
  app.get(ADDRESS, { onRequest }, async () => ({ level: loggers[0]!.level }))

  app.put<{ Body: unknown }>(ADDRESS, { onRequest }, async (request) => {
    const { level } = (request.body ?? {}) as { level?: unknown }
    const found = LOG_LEVELS.find((candidate) => candidate === level)
    if (found === undefined) {
      const detail = `level must be one of ${LOG_LEVELS.join(', ')}.`
      throw new ProblemError({ type: 'invalid-request', detail })
    }
    for (const logger of loggers) logger.level = found
    return { level: found }
  })
}
