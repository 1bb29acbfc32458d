// How a process tells of what went wrong and is tried again.
import type { FastifyBaseLogger } from 'fastify'

export type OnRetry = (what: string, attempt: number, error: unknown) => void

export function retryLogger(logger: FastifyBaseLogger): OnRetry {
  return (what, attempt, error) => logger.warn({ err: error, attempt }, `could not ${what}, will try again`)
}
