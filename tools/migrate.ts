// npm run migrate: brings Cassandra to the schema of this release. Safe to run again, and by several at once.

import { commandLine } from '../lib/command-line.ts'
import { SettingsError, SettingsReader } from '../lib/settings-reader.ts'
import { systemClock } from '../lib/system-clock.ts'
import { readCassandraSettings } from '../stores/cassandra/cassandra-settings.ts'
import { connect } from '../stores/cassandra/connect.ts'
import { CountsError } from '../stores/cassandra/counts-error.ts'
import { migrate } from '../stores/counts/cassandra/migrate.ts'

/** A busy node may need longer for a table than its clients wait, and has made it then. */
const ATTEMPTS_MAX = 10
const RETRY_MS = 1_000

commandLine({
  usage:
    'npm run migrate      where Cassandra is, CASSANDRA_CONTACT_POINTS says; docs/settings.md has the others',
})
try {
  const read = new SettingsReader(process.env)
  const settings = readCassandraSettings(read)
  read.check()
  const deps = {
    clock: systemClock,
    random: Math.random,
    onRetry: (what: string, _attempt: number, error: unknown) =>
      console.error(`migrate: could not ${what}, will try again: ${(error as Error).message}`),
  }
  const onApplied = ({ file }: { file: string }) => console.log(`applied ${file}`)
  await inSomeAttempts(() =>
    migrate((keyspace) => connect(settings, keyspace, deps), settings, { clock: systemClock, onApplied }),
  )
  console.log(`the keyspace ${settings.keyspace} is up to date`)
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof CountsError)) throw error
  console.error(`migrate: ${error.message}`)
  process.exitCode = 1
}

async function inSomeAttempts(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const isPassing = error instanceof CountsError && /^(timeout|unavailable|overloaded)$/.test(error.code)
      if (!isPassing || attempt === ATTEMPTS_MAX) throw error
      console.error(`migrate: ${error.message}, will try again`)
      await systemClock.sleep(RETRY_MS)
    }
  }
}
