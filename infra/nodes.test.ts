import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InfraFault } from './fault.ts'
import { endpointOf, nodeNamed, nodesOf } from './nodes.ts'
import { readInfraSettings } from './settings.ts'

const settings = readInfraSettings({})

test('nodes are planned in start order, whatever the order in which they are named', () => {
  const names = nodesOf({ nginx: 1, redis: 1, kafka: 3 }).map(({ name }) => name)
  assert.deepEqual(names, ['kafka-1', 'kafka-2', 'kafka-3', 'redis-1', 'nginx-1'])
})

test('a cluster has one node or three, and Cassandra two, in as many data centres', () => {
  assert.deepEqual(
    nodesOf({ cassandra: 2 }).map(({ name }) => name),
    ['cassandra-1', 'cassandra-2'],
  )
  for (const wanted of [{ kafka: 2 }, { cassandra: 0 }, { redis: 3 }]) {
    assert.throws(() => nodesOf(wanted), InfraFault)
  }
})

test('brokers differ by port, Cassandra nodes by host', () => {
  const endpoints = nodesOf({ kafka: 3, cassandra: 3, redis: 1, s3: 1 }).map((node) =>
    endpointOf(node, settings),
  )
  assert.deepEqual(endpoints, [
    '127.0.0.1:19092',
    '127.0.0.1:19094',
    '127.0.0.1:19096',
    '127.0.0.1:19042',
    '127.0.0.2:19042',
    '127.0.0.3:19042',
    'redis://127.0.0.1:16379',
    'http://127.0.0.1:19000',
  ])
})

test('a second balancer is on the next port, and their addresses say whether they take TLS', () => {
  const endpoints = (environment: Record<string, string>) =>
    nodesOf({ nginx: 2 }).map((node) => endpointOf(node, readInfraSettings(environment)))
  assert.deepEqual(endpoints({}), ['http://127.0.0.1:8080', 'http://127.0.0.1:8081'])
  const tls = { PORT: '443', TLS_CERTIFICATE_FILE: '/c', TLS_KEY_FILE: '/k' }
  assert.deepEqual(endpoints(tls), ['https://127.0.0.1:443', 'https://127.0.0.1:444'])
})

test('a name without a number means the first node', () => {
  assert.deepEqual(nodeNamed('kafka-3'), { kind: 'kafka', ordinal: 3 })
  assert.deepEqual(nodeNamed('redis'), { kind: 'redis', ordinal: 1 })
  assert.deepEqual(nodeNamed('s3'), { kind: 's3', ordinal: 1 })
  for (const name of ['', 'kafka-', 'kafka-0', 'kafka-1-2', '../kafka', 'mysql-1']) {
    assert.throws(() => nodeNamed(name), InfraFault, name)
  }
})
