// npm run migrate: brings Cassandra to the schema of this release, and changes in how many shards it counts. Safe to
// run again, and by several at once.

import { commandLine } from '../lib/command-line.ts'
import { wholeNumber } from '../lib/flags.ts'
import { SettingsError, SettingsReader } from '../lib/settings-reader.ts'
import { readCassandraSettings } from '../stores/cassandra/cassandra-settings.ts'
import { CountsError } from '../stores/cassandra/counts-error.ts'
import { SHARDS_MAX } from '../stores/counts/cassandra/count-forms.ts'
import { textOf } from '../stores/counts/cassandra/form-changes.ts'
import { migrateInAttempts } from './migrate-in-attempts.ts'

const { values } = commandLine({
  usage:
    'npm run migrate      where Cassandra is, CASSANDRA_CONTACT_POINTS says; docs/settings.md has the others',
  flags: {
    shards: wholeNumber(
      'N',
      'counts share partitions, N an hour, from a coming hour on (docs/operate.md)',
      null,
      {
        ...{ least: 1, most: SHARDS_MAX },
      },
    ),
  },
})
try {
  const read = new SettingsReader(process.env)
  const settings = readCassandraSettings(read)
  read.check()
  const work = {
    onApplied: ({ file }: { readonly file: string }) => console.log(`applied ${file}`),
    ...(values.shards !== null && { shards: values.shards }),
    onAdded: (form: { readonly fromHour: number; readonly shards: number }) =>
      console.log(`minutes from ${textOf(form)} on are counted in ${form.shards} shards`),
  }
  await migrateInAttempts(settings, work, (line) => console.error(`migrate: ${line}`))
  console.log(`the keyspace ${settings.keyspace} is up to date`)
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof CountsError)) throw error
  console.error(`migrate: ${error.message}`)
  process.exitCode = 1
}
