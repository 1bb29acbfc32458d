// Brings the schema up to date, although a busy node may need longer for a table than its clients wait, and has made it
// then.
import type { Clock } from '../lib/clock.ts'
import { systemClock } from '../lib/system-clock.ts'
import type { CassandraSettings } from '../stores/cassandra/cassandra-settings.ts'
import { connect } from '../stores/cassandra/connect.ts'
import { CountsError } from '../stores/cassandra/counts-error.ts'
import { type MigrateDeps, migrate } from '../stores/counts/cassandra/migrate.ts'

const ATTEMPTS_MAX = 10
const RETRY_MS = 1_000

/**
 * Fails with a CountsError.
 * @param warn told of each attempt that is followed by another
 * @param clock says which hour is a coming one
 */
export async function migrateInAttempts(
  settings: CassandraSettings,
  work: Omit<MigrateDeps, 'clock'>,
  warn: (line: string) => void,
  clock: Clock = systemClock,
): Promise<void> {
  const deps = {
    clock,
    random: Math.random,
    onRetry: (what: string, _attempt: number, error: unknown) =>
      warn(`could not ${what}, will try again: ${(error as Error).message}`),
  }
  for (let attempt = 1; ; attempt++) {
    try {
      const open = (keyspace: string | null) => connect(settings, keyspace, deps)
      return await migrate(open, settings, { ...work, clock })
    } catch (error) {
      const isPassing = error instanceof CountsError && /^(timeout|unavailable|overloaded)$/.test(error.code)
      if (!isPassing || attempt === ATTEMPTS_MAX) throw error
      warn(`${error.message}, will try again`)
      await clock.sleep(RETRY_MS)
    }
  }
}
