// npm run migrate: brings Cassandra to the schema of this release. Safe to run again, and by several at once.
import { connect } from '../services/adapters/counts/cassandra/connect.ts'
import { CountsError } from '../services/adapters/counts/cassandra/counts-error.ts'
import { migrate } from '../services/adapters/counts/cassandra/migrate.ts'
import { commandLine } from '../services/runtime/command-line.ts'
import { systemClock } from '../services/runtime/system-clock.ts'
import { readCassandraSettings } from '../services/settings/cassandra-settings.ts'
import { SettingsError, SettingsReader } from '../services/settings/settings-reader.ts'

commandLine(
  'npm run migrate      where Cassandra is, CASSANDRA_CONTACT_POINTS says; README.md has the others',
  {},
)
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
  await migrate((keyspace) => connect(settings, keyspace, deps), settings, { clock: systemClock, onApplied })
  console.log(`the keyspace ${settings.keyspace} is up to date`)
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof CountsError)) throw error
  console.error(`migrate: ${error.message}`)
  process.exitCode = 1
}
