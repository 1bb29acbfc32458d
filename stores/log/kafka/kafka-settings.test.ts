import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Environment, SettingsReader } from '../../../lib/settings-reader.ts'
import { readAcks, readTopicReplicas } from './kafka-settings.ts'

function checked<T>(environment: Environment, read: (reader: SettingsReader) => T): T {
  const reader = new SettingsReader(environment)
  const value = read(reader)
  reader.check()
  return value
}

const replicas = (environment: Environment) => Object.values(checked(environment, readTopicReplicas))

test('all but one of the replicas must be in sync, unless a setting says otherwise', () => {
  assert.deepEqual(replicas({}), [3, 2])
  assert.deepEqual(replicas({ KAFKA_REPLICATION: '1' }), [1, 1])
  assert.deepEqual(replicas({ KAFKA_REPLICATION: '5', KAFKA_MIN_INSYNC_REPLICAS: '3' }), [5, 3])
})

test('no more replicas can be in sync than there are', () => {
  const wrong = { KAFKA_REPLICATION: '2', KAFKA_MIN_INSYNC_REPLICAS: '3' }
  assert.throws(() => replicas(wrong), /KAFKA_MIN_INSYNC_REPLICAS is 3, but KAFKA_REPLICATION 2/)
})

test('every replica in sync has what was accepted, unless the leader is to be enough', () => {
  assert.equal(checked({}, readAcks), 'all')
  assert.equal(checked({ KAFKA_ACKS: 'leader' }, readAcks), 'leader')
  assert.throws(
    () => checked({ KAFKA_ACKS: '1' }, readAcks),
    /KAFKA_ACKS must be one of all, leader, not "1"/,
  )
})
