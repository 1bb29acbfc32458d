import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Environment, SettingsError, SettingsReader } from '../../lib/settings-reader.ts'
import { readCassandraSettings } from './cassandra-settings.ts'

function settingsOf(environment: Environment) {
  const read = new SettingsReader(environment)
  const settings = readCassandraSettings(read)
  read.check()
  return settings
}

test('defaults are a local node, three replicas, no sign-in', () => {
  assert.deepEqual(settingsOf({}), {
    contactPoints: ['127.0.0.1:19042'],
    localDataCenter: 'datacenter1',
    keyspace: 'tally',
    credentials: null,
    authorities: null,
    replication: 3,
    retention: { minutesMs: 14 * 86_400_000, hoursMs: 400 * 86_400_000 },
  })
})

test('contact points are a list', () => {
  const { contactPoints } = settingsOf({ CASSANDRA_CONTACT_POINTS: 'a:9042, b.example:9043' })
  assert.deepEqual(contactPoints, ['a:9042', 'b.example:9043'])
})

test('every fault is named, and no password is', () => {
  const environment = {
    CASSANDRA_CONTACT_POINTS: 'a',
    CASSANDRA_KEYSPACE: 'tally; DROP',
    CASSANDRA_CA_FILE: '/not/there',
    CASSANDRA_REPLICATION: '0',
    CASSANDRA_PASSWORD: 'sesame',
  }
  assert.throws(
    () => settingsOf(environment),
    (error: SettingsError) => {
      assert.equal(error.faults.length, 5)
      assert.match(error.message, /host:port.*"a"/)
      assert.doesNotMatch(error.message, /sesame/)
      return error instanceof SettingsError
    },
  )
})
