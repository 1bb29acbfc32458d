import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Environment, SettingsError, SettingsReader } from '../../lib/settings-reader.ts'
import { readCassandraSettings, refuseOutsideCounting } from './cassandra-settings.ts'

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
    tls: null,
    replication: new Map([['datacenter1', 3]]),
    levels: { write: 'QUORUM', hydrate: 'QUORUM', query: 'LOCAL_QUORUM' },
    countingIn: null,
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

function checkReplication(value: string, expected: Record<string, number> | RegExp): void {
  test(`CASSANDRA_REPLICATION=${value}`, () => {
    const read = () => settingsOf({ CASSANDRA_LOCAL_DC: 'dc1', CASSANDRA_REPLICATION: value }).replication
    if (expected instanceof RegExp) assert.throws(read, expected)
    else assert.deepEqual(read(), new Map(Object.entries(expected)))
  })
}

checkReplication('2', { dc1: 2 })
checkReplication('dc1:3, dc2:1', { dc1: 3, dc2: 1 })
checkReplication('dc1:3,dc1:1', /CASSANDRA_REPLICATION: names dc1 twice/)
for (const wrong of ['0', '10', 'dc1', 'dc1:0', '3,dc2:3', "dc'1:1"])
  checkReplication(wrong, /CASSANDRA_REPLICATION: must be from 1 to 9, or a list like dc1:3,dc2:3, not "/)

test('levels that may lose counts are refused, with the reason', () => {
  const one = { CASSANDRA_WRITE_CONSISTENCY: 'ONE', CASSANDRA_HYDRATE_CONSISTENCY: 'ONE' }
  assert.throws(() => settingsOf(one), /CASSANDRA_HYDRATE_CONSISTENCY: with datacenter1:3, .* lose counts/)
  assert.equal(settingsOf({ ...one, CASSANDRA_REPLICATION: '1' }).levels.hydrate, 'ONE')
  assert.throws(
    () => settingsOf({ CASSANDRA_WRITE_CONSISTENCY: 'SOME' }),
    /must be one of ONE, .*, ALL, not "SOME"/,
  )
})

test('where processes may count is one of the data centres with replicas, and only there they do', () => {
  const two = { CASSANDRA_LOCAL_DC: 'dc1', CASSANDRA_REPLICATION: 'dc1:3,dc2:3' }
  const local = { CASSANDRA_WRITE_CONSISTENCY: 'LOCAL_QUORUM', CASSANDRA_HYDRATE_CONSISTENCY: 'LOCAL_QUORUM' }
  assert.equal(settingsOf(two).countingIn, null)
  assert.throws(() => settingsOf({ ...two, ...local }), /counting in dc1 and dc2, .* lose counts/)
  assert.deepEqual(settingsOf({ ...two, ...local, CASSANDRA_COUNTING_DCS: 'dc2' }).countingIn, ['dc2'])
  assert.throws(() => settingsOf({ ...two, CASSANDRA_COUNTING_DCS: 'dc3' }), /names dc3, .* only dc1, dc2/)
  const read = new SettingsReader({ ...two, ...local, CASSANDRA_COUNTING_DCS: 'dc2' })
  refuseOutsideCounting(read, readCassandraSettings(read))
  assert.throws(() => read.check(), /CASSANDRA_LOCAL_DC is dc1, but CASSANDRA_COUNTING_DCS is dc2/)
})
