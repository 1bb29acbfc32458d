// Cassandra and Redis: with what they let us in, and with which words a start is refused.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect } from '../../stores/cassandra/connect.ts'
import { openRedis, refuseWrongAccess } from '../../stores/redis/connection.ts'
import { CONNECT_DEPS } from '../../testing/cassandra-keyspace.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { startTlsProxy } from '../../testing/tls-proxy.ts'
import { assertRefused, secured, settingsOf } from './secured.ts'
import { PASSWORD } from './secured-servers.ts'

const directory = await temporaryDirectory()
after(() => directory[Symbol.asyncDispose]())
const wrong = join(directory.path, 'wrong')
const right = join(directory.path, 'right')
before(async () => {
  await writeFile(wrong, 'guessed')
  await writeFile(right, `${PASSWORD}\n`)
})

const cassandra = {
  CASSANDRA_CONTACT_POINTS: secured.cassandra,
  CASSANDRA_CA_FILE: secured.ca,
  CASSANDRA_CERT_FILE: secured.client.cert,
  CASSANDRA_KEY_FILE: secured.client.key,
  CASSANDRA_USERNAME: 'cassandra',
  CASSANDRA_PASSWORD: 'cassandra',
}
const redis = {
  REDIS_URL: secured.redis.tls,
  REDIS_CA_FILE: secured.ca,
  REDIS_USERNAME: 'query',
  REDIS_PASSWORD_FILE: right,
}

const toCassandra = (environment: Readonly<Record<string, string>>) =>
  connect(settingsOf(environment).cassandra, null, CONNECT_DEPS)

const toRedis = (environment: Readonly<Record<string, string>>) =>
  refuseWrongAccess(settingsOf(environment).redis!)

test('Cassandra is reached over TLS with a certificate and a password', async () => {
  const client = await toCassandra(cassandra)
  const { rows } = await client.execute('LIST ROLES', [], { prepare: false })
  assert.equal(rows[0]!.role, 'cassandra')
  await client.shutdown()
})

const { CASSANDRA_CERT_FILE: _, CASSANDRA_KEY_FILE: __, ...withoutCertificate } = cassandra
const refusals: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
  [
    'of another authority',
    { ...cassandra, CASSANDRA_CA_FILE: secured.otherCa },
    /no authority that is trusted/,
  ],
  ['for another name', { ...cassandra, CASSANDRA_TLS_SERVER_NAME: 'counts.example' }, /for another host/],
]
for (const [what, environment, words] of refusals) {
  test(`A start is refused in words where the certificate of Cassandra is ${what}`, () =>
    assertRefused(() => toCassandra(environment), words))
}

test('A start is refused in words where Cassandra does not know our certificate, or gets none', async () => {
  const foreign = { CASSANDRA_CERT_FILE: secured.foreign.cert, CASSANDRA_KEY_FILE: secured.foreign.key }
  for (const environment of [withoutCertificate, { ...cassandra, ...foreign }]) {
    await assertRefused(() => toCassandra(environment), /refuses our certificate, or that we have none/)
  }
})

test('A start is refused in words where the password of Cassandra is wrong', () =>
  assertRefused(
    () => toCassandra({ ...cassandra, CASSANDRA_PASSWORD: 'guessed' }),
    /username .*and\/or password are incorrect/i,
  ))

test('A start is refused in words where a certificate of Cassandra has expired or is for another host', async () => {
  for (const [certificate, words] of [
    [secured.expired, /has expired/],
    [secured.elsewhere, /for another host/],
  ] as const) {
    await using proxy = await startTlsProxy(certificate, secured.ports.cassandra)
    const environment = { ...cassandra, CASSANDRA_CONTACT_POINTS: proxy.address }
    await assertRefused(() => toCassandra(environment), words)
  }
})

test('Redis is reached over TLS with a user and a password', async () => {
  await toRedis(redis)
  const connection = openRedis({ ...settingsOf(redis).redis!, name: 'test' })
  await new Promise((resolve) => connection.once('ready', resolve))
  assert.equal(await connection.set('tally:test', 'x'), 'OK')
  await assert.rejects(connection.set('other', 'x'), /NOPERM/)
  await assert.rejects(connection.flushall(), /NOPERM/)
  connection.disconnect()
})

test('A start is refused in words where Redis does not let us in, or is not the one that it should be', async () => {
  const stated: readonly [Readonly<Record<string, string>>, RegExp][] = [
    [{ ...redis, REDIS_CA_FILE: secured.otherCa }, /no authority that is trusted/],
    [{ ...redis, REDIS_PASSWORD_FILE: wrong }, /WRONGPASS/],
  ]
  for (const [environment, words] of stated) await assertRefused(() => toRedis(environment), words)
  for (const [certificate, words] of [
    [secured.expired, /has expired/],
    [secured.elsewhere, /for another host/],
  ] as const) {
    await using proxy = await startTlsProxy(certificate, secured.ports.redis)
    await assertRefused(() => toRedis({ ...redis, REDIS_URL: `rediss://${proxy.address}` }), words)
  }
})

test('A start does not wait for a Redis that is away', async () => {
  await toRedis({ REDIS_URL: 'redis://127.0.0.1:1' })
})
