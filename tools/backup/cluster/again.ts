// Tries a call again while a server is away or busy for a moment: a backup that has copied for an hour must not end by
// it.
import type { Clock } from '../../../lib/clock.ts'
import { CountsError } from '../../../stores/cassandra/counts-error.ts'
import { isUnavailable } from '../../../stores/log/log.ts'

const ATTEMPTS_MAX = 20
const PAUSE_MS = 1_000

/** For calls that are safe to repeat. Fails as the last attempt does. */
export async function again<T>(clock: Pick<Clock, 'sleep'>, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isPassing(error)) throw error
      await clock.sleep(PAUSE_MS)
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof CountsError) return /^(timeout|unavailable|overloaded)$/.test(error.code)
  return isUnavailable(error)
}
