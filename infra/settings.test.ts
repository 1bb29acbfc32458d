import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingsError } from '../lib/settings-reader.ts'
import { readInfraSettings } from './settings.ts'

test('without any variable, the well-known ports are used', () => {
  const { ports, engine } = readInfraSettings({})
  assert.deepEqual([ports.kafka, ports.cassandra, ports.redis, ports.nginx], [19092, 19042, 16379, 8080])
  assert.equal(engine, 'auto')
})

test('variables decide ports, heaps, folder and what is balanced', () => {
  const settings = readInfraSettings({
    INFRA_DIR: '/var/tally',
    KAFKA_PORT: '29092',
    CASSANDRA_HEAP_MIB: '1024',
    PARTITIONERS: '127.0.0.1:1,127.0.0.1:2',
  })
  assert.equal(settings.directory, '/var/tally')
  assert.equal(settings.ports.kafka, 29092)
  assert.equal(settings.cassandraHeapMib, 1024)
  assert.deepEqual(settings.partitioners, ['127.0.0.1:1', '127.0.0.1:2'])
})

test('a certificate needs its key', () => {
  assert.equal(readInfraSettings({}).tls, null)
  assert.throws(() => readInfraSettings({ TLS_CERTIFICATE_FILE: 'c.pem' }), /TLS_KEY_FILE/)
})

test('all faults are told together', () => {
  assert.throws(
    () =>
      readInfraSettings({ KAFKA_PORT: '0', REDIS_PORT: 'x', INFRA_ENGINE: 'podman', KAFKA_HEAP_MIB: '1' }),
    (error) => error instanceof SettingsError && error.faults.length === 4,
  )
})
