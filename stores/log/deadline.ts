// A deadline for calls of the log.
import type { Clock } from '../../lib/clock.ts'
import { LogError } from './log.ts'

/**
 * Settles as `answer` does, or fails with LogError `unavailable` after `ms`, or once `signal` is aborted:
 * an answer that comes later is ignored.
 */
export async function withDeadline<T>(
  answer: Promise<T>,
  clock: Clock,
  ms: number,
  signal?: AbortSignal,
): Promise<T> {
  const answered = new AbortController()
  const either = signal === undefined ? answered.signal : AbortSignal.any([answered.signal, signal])
  const deadline = clock.sleep(ms, either).then(() => {
    throw new LogError('unavailable', `The log did not answer within ${ms} ms.`)
  })
  try {
    return await Promise.race([answer, deadline])
  } finally {
    answered.abort()
  }
}
