// What documents use of cqlsh, by the driver: -e STATEMENT and -f FILE. CASSANDRA_CONTACT_POINTS says where.
import { readFileSync } from 'node:fs'
import { SettingsReader } from '../lib/settings-reader.ts'
import { readCassandraSettings } from '../stores/cassandra/cassandra-settings.ts'
import { connect } from '../stores/cassandra/connect.ts'
import { CONNECT_DEPS } from './cassandra-keyspace.ts'

const COMMENT = /^\s*(--|\/\*.*\*\/)/

const [flag, given] = process.argv.slice(2)
if (given === undefined || (flag !== '-e' && flag !== '-f')) throw new Error('Give -e STATEMENT or -f FILE.')
const text = flag === '-e' ? given : readFileSync(given, 'utf8')
const lines = text.split('\n').filter((line) => !COMMENT.test(line))
const statements = lines.join('\n').split(/;[ \t]*(?:\n|$)/)
const client = await connect(readCassandraSettings(new SettingsReader(process.env)), null, CONNECT_DEPS)
for (const statement of statements.map((one) => one.trim()).filter((one) => one !== ''))
  await client.execute(statement, [], { prepare: false })
await client.shutdown()
