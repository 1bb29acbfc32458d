import { after } from 'node:test'
import { openTestKeyspace } from '../../../testing/cassandra-keyspace.ts'
import { alertsContract } from '../alerts-contract.ts'
import { CassandraAlerts } from './cassandra-alerts.ts'

const keyspace = await openTestKeyspace()
after(() => keyspace[Symbol.asyncDispose]())

alertsContract('Alerts on Cassandra', async () => {
  await keyspace.client.execute('TRUNCATE alerts', [], { prepare: false })
  return { alerts: new CassandraAlerts(keyspace.client), close: async () => {} }
})
