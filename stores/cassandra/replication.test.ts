import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { readCassandraSettings } from './cassandra-settings.ts'
import { checkLevels, parseReplication, promisedBy, promisedNow } from './replication.ts'

const NETWORK = { class: 'org.apache.cassandra.locator.NetworkTopologyStrategy' }

function settingsOf(environment: Record<string, string>) {
  const read = new SettingsReader(environment)
  const settings = readCassandraSettings(read)
  read.check()
  return settings
}

test('what Cassandra tells of a keyspace is read, by data centre or of all in one', () => {
  assert.deepEqual(
    parseReplication({ ...NETWORK, dc1: '3', dc2: '2' }, 'dc1'),
    new Map([
      ['dc1', 3],
      ['dc2', 2],
    ]),
  )
  const simple = { class: 'org.apache.cassandra.locator.SimpleStrategy', replication_factor: '2' }
  assert.deepEqual(parseReplication(simple, 'dc1'), new Map([['dc1', 2]]))
})

test('levels that fit the settings are refused where the keyspace has other replicas', () => {
  const one = settingsOf({
    ...{
      CASSANDRA_REPLICATION: '1',
      CASSANDRA_WRITE_CONSISTENCY: 'ONE',
      CASSANDRA_HYDRATE_CONSISTENCY: 'ONE',
    },
  })
  checkLevels(new Map([['datacenter1', 1]]), one)
  assert.throws(() => checkLevels(new Map([['datacenter1', 3]]), one), {
    code: 'refused',
    message: /^The keyspace tally is not safe to use: with datacenter1:3, .* lose counts\.$/,
  })
})

test('where counting is not limited to some data centres, levels must overlap between all of them', () => {
  const local = settingsOf({
    ...{ CASSANDRA_WRITE_CONSISTENCY: 'LOCAL_QUORUM', CASSANDRA_HYDRATE_CONSISTENCY: 'LOCAL_QUORUM' },
  })
  const two = new Map([
    ['datacenter1', 3],
    ['datacenter2', 3],
  ])
  assert.throws(() => checkLevels(two, local), /counting in datacenter1 and datacenter2/)
  checkLevels(two, { ...local, countingIn: ['datacenter1'] })
})

test('a query is fresh where it must meet a replica of every write', () => {
  const two = { CASSANDRA_LOCAL_DC: 'dc2', CASSANDRA_REPLICATION: 'dc1:3,dc2:3' }
  const isFresh = (environment: Record<string, string>) => {
    const settings = settingsOf(environment)
    return promisedBy(settings.replication, settings).isQueryFresh
  }
  assert.equal(isFresh({}), true)
  assert.equal(isFresh({ CASSANDRA_QUERY_CONSISTENCY: 'LOCAL_ONE' }), false)
  assert.equal(isFresh(two), false, 'a quorum of all may leave one of two data centres without a quorum')
  assert.equal(isFresh({ ...two, CASSANDRA_WRITE_CONSISTENCY: 'EACH_QUORUM' }), true)
  assert.equal(isFresh({ ...two, CASSANDRA_QUERY_CONSISTENCY: 'QUORUM' }), true)
})

test('what levels promise follows the keyspace when it gets more replicas', () => {
  const keyspaces: Record<string, unknown> = {}
  const client = { metadata: { keyspaces } } as unknown as Parameters<typeof promisedNow>[0]
  const settings = settingsOf({ CASSANDRA_REPLICATION: '1', CASSANDRA_QUERY_CONSISTENCY: 'ONE' })
  const promised = promisedNow(client, settings.replication, settings)
  assert.deepEqual(promised(), { isQueryFresh: true, fault: null })
  keyspaces.tally = { strategyOptions: { datacenter1: '3' } }
  assert.deepEqual(promised(), { isQueryFresh: false, fault: null })
  keyspaces.tally = { strategyOptions: { datacenter1: '1' } }
  assert.deepEqual(promised(), { isQueryFresh: true, fault: null })
  delete keyspaces.tally
  assert.deepEqual(promised(), { isQueryFresh: true, fault: null }, 'the driver may not know it for a moment')
})
