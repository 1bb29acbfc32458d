// Every service runs with the rights of infra/rights.ts alone, and counts; and what is not in them is refused.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runScript } from '../../infra/cluster/run-script.ts'
import { ServiceProcess } from '../../infra/cluster/service-process.ts'
import { RIGHTS } from '../../infra/rights.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { connect } from '../../stores/cassandra/connect.ts'
import { openLog } from '../../stores/log/open-log.ts'
import { CONNECT_DEPS } from '../../testing/cassandra-keyspace.ts'
import { allow } from '../../testing/kafka-administrator.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { secured, settingsOf } from './secured.ts'
import { PASSWORD } from './secured-servers.ts'

type User = keyof typeof RIGHTS

const SERVICES = ['partitioner', 'processing', 'query', 'reconciler'] as const
const PORTS = { partitioner: 28_101, query: 28_201, processing: 28_301, reconciler: 28_401 }
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const directory = await temporaryDirectory()
const services = SERVICES.map(
  (name) =>
    new ServiceProcess({
      name,
      main: join(ROOT, 'services', name, 'main.ts'),
      port: PORTS[name],
      environment: { ...environmentOf(name), DATA_DIR: join(directory.path, name) },
      logFile: join(directory.path, `${name}.log`),
    }),
)

function environmentOf(user: User): Record<string, string> {
  return {
    KAFKA_BROKERS: secured.kafka.SASL_SSL,
    KAFKA_REPLICATION: '1',
    PARTITIONS: '2',
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_CA_FILE: secured.ca,
    KAFKA_SASL_MECHANISM: 'PLAIN',
    KAFKA_SASL_USERNAME: user,
    KAFKA_SASL_PASSWORD: PASSWORD,
    CASSANDRA_CONTACT_POINTS: secured.cassandra,
    CASSANDRA_REPLICATION: '1',
    CASSANDRA_CA_FILE: secured.ca,
    CASSANDRA_CERT_FILE: secured.client.cert,
    CASSANDRA_KEY_FILE: secured.client.key,
    CASSANDRA_USERNAME: user,
    CASSANDRA_PASSWORD: PASSWORD,
    ...(RIGHTS[user].redis !== null && {
      REDIS_URL: secured.redis.tls,
      REDIS_CA_FILE: secured.ca,
      REDIS_USERNAME: user,
      REDIS_PASSWORD: PASSWORD,
    }),
    ARCHIVE_URL: `file:${join(directory.path, 'archive')}`,
    OVERFLOW_URL: `file:${join(directory.path, 'overflow')}`,
    PROBE_INTERVAL_S: '0',
  }
}

/** As an administrator: the role of `migrate` first, and grants when the keyspace and its tables are there. */
async function inCassandra(statements: readonly string[]): Promise<void> {
  const administrator = {
    ...environmentOf('migrate'),
    CASSANDRA_USERNAME: 'cassandra',
    CASSANDRA_PASSWORD: 'cassandra',
  }
  const client = await connect(settingsOf(administrator).cassandra, null, CONNECT_DEPS)
  for (const statement of statements) await client.execute(statement, [], { prepare: false })
  await client.shutdown()
}

const rolesOf = (users: readonly string[]) =>
  users.map((user) => `CREATE ROLE IF NOT EXISTS ${user} WITH PASSWORD = '${PASSWORD}' AND LOGIN = true`)

function grantsOf(user: User): string[] {
  return RIGHTS[user].cassandra.map((right) => {
    const [permission, on] = right.split(' ') as [string, string]
    return `GRANT ${permission} ON ${on === 'keyspace' ? 'KEYSPACE tally' : `tally.${on}`} TO ${user}`
  })
}

before(async () => {
  const rights = Object.entries(RIGHTS).map(([user, { kafka }]): [string, readonly string[]] => [user, kafka])
  await allow(secured.kafka.PLAINTEXT, new Map(rights))
  await inCassandra([
    ...rolesOf(Object.keys(RIGHTS)),
    "CREATE KEYSPACE IF NOT EXISTS tally WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}",
    ...grantsOf('migrate'),
  ])
  await runScript('tools/migrate.ts', environmentOf('migrate'))
  await runScript('tools/topics.ts', environmentOf('topics'))
  await inCassandra(SERVICES.flatMap(grantsOf))
})

after(async () => {
  await Promise.all(services.map((service) => service.stop()))
  await directory[Symbol.asyncDispose]()
})

test('Every service runs with its rights alone, and what is sent is counted', async () => {
  await Promise.all(services.map((service) => service.start()))
  const events = Array.from({ length: 50 }, (_, i) => ({ videoId: 'v', type: 'view', id: `e-${i}` }))
  const body = JSON.stringify(events.map((event) => ({ ...event, time: new Date().toISOString() })))
  const headers = { 'content-type': 'application/json' }
  const sent = await fetch(`http://127.0.0.1:${PORTS.partitioner}/v1/events`, {
    method: 'POST',
    headers,
    body,
  })
  assert.equal(sent.status, 202)
  const question = `http://127.0.0.1:${PORTS.query}/v1/videos/v/stats?eventType=view&function=count`
  while ((await valueAt(question)) !== events.length) await sleep(200)
})

async function valueAt(question: string): Promise<unknown> {
  const answer = await fetch(question)
  return ((await answer.json()) as { value?: unknown }).value
}

test('What processing has no right to is refused', async () => {
  const { kafka } = settingsOf(environmentOf('processing'))
  const { log, close } = await openLog(kafka, 'test', systemClock, () => {}, new AbortController().signal)
  await assert.rejects(log.append('events', 0, Buffer.from('forged')), /Kafka cannot be used: .*uthoriz/)
  await close()
})

test('What the query service has no right to is refused', async () => {
  const { cassandra } = settingsOf(environmentOf('query'))
  const client = await connect(cassandra, cassandra.keyspace, CONNECT_DEPS)
  const forged = "UPDATE reconciled SET reconciled = null WHERE scope = 'x'"
  await assert.rejects(client.execute(forged, [], { prepare: false }), /no MODIFY permission/)
  await client.shutdown()
})

test('A service with the rights of another one does not start, and says why', async () => {
  const wrong = { ...environmentOf('migrate'), KAFKA_SASL_USERNAME: 'migrate' }
  const { kafka } = settingsOf(wrong)
  const open = openLog(kafka, 'test', systemClock, () => {}, new AbortController().signal)
  await assert.rejects(open, /Kafka cannot be used: .*uthoriz/)
})
