// Tries a call again while a server is away or busy for a moment: a backup that has copied for an hour must not end by
// it.
import type { Clock } from '../../../lib/clock.ts'
import type { CopiedObjects } from '../../../stores/archive/duckdb/copy.ts'
import { CountsError } from '../../../stores/cassandra/counts-error.ts'
import { isUnavailable } from '../../../stores/log/log.ts'
import { isWorthAnother, S3Error } from '../../../stores/objects/s3/s3-error.ts'

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

/** The same objects, each call made again. */
export function askedAgain(objects: CopiedObjects, clock: Pick<Clock, 'sleep'>): CopiedObjects {
  return {
    list: (prefix) => again(clock, () => objects.list(prefix)),
    read: (key) => again(clock, () => objects.read(key)),
    open: (key) => again(clock, () => objects.open(key)),
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof CountsError) return /^(timeout|unavailable|overloaded)$/.test(error.code)
  return error instanceof S3Error ? isWorthAnother(error) : isUnavailable(error)
}
