// How a process logs what went wrong and is tried again.
import type { FastifyBaseLogger } from 'fastify'

export type OnRetry = (what: string, attempt: number, error: unknown) => void

export function retryLogger(logger: FastifyBaseLogger): OnRetry {
  return (what, attempt, error) => logger.warn({ err: error, attempt }, `could not ${what}, will try again`)
}

/** Logs that the clock stands behind the log. */
export function behindLogger(logger: Pick<FastifyBaseLogger, 'error'>): (behindMs: number) => void {
  return (behindMs) => {
    const seconds = (behindMs / 1_000).toFixed(1)
    logger.error(
      `the clock stands ${seconds} s behind the log: until it has caught up, answers are not complete`,
    )
  }
}
