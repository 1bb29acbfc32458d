import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '../../lib/system-clock.ts'
import { HOUR_MS } from '../../model/bucket.ts'
import { createTopics } from '../../stores/log/kafka/create-topics.ts'
import { CLIENTS } from '../../stores/log/kafka/kafka-clients.ts'
import { openLog } from '../../stores/log/open-log.ts'
import { OWNERSHIPS } from '../../stores/ownership/kafka-ownership.ts'
import { addScramUser } from '../../testing/kafka-administrator.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { startTlsProxy } from '../../testing/tls-proxy.ts'
import { assertRefused, secured, settingsOf } from './secured.ts'
import { KAFKA_ADMIN, PASSWORD } from './secured-servers.ts'

const NAMES = ['platformatic', 'kafkajs'] as const

const directory = await temporaryDirectory()
after(() => directory[Symbol.asyncDispose]())

before(async () => {
  await addScramUser(secured.kafka.PLAINTEXT, KAFKA_ADMIN, PASSWORD)
  const client = CLIENTS.platformatic({ brokers: [secured.kafka.PLAINTEXT], clientId: 'test' })
  await createTopics({
    ...{ client, clock: systemClock, prefix: 'tally', partitions: 1, replicationFactor: 1 },
    ...{ minInSyncReplicas: 1, retentionMs: HOUR_MS, retentionBytes: 1e9, startAnew: false },
    newIncarnation: () => 'aa',
  })
  await client.close()
})

/** A token without signature, which a broker without an issuer takes. */
function bearerToken(subject: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1_000)
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: now - 60, exp: now + 3_600 })}.`
}

const signedIn = {
  KAFKA_SASL_USERNAME: KAFKA_ADMIN,
  KAFKA_SASL_PASSWORD_FILE: join(directory.path, 'password'),
}
const overTls = {
  KAFKA_BROKERS: secured.kafka.SASL_SSL,
  KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  KAFKA_CA_FILE: secured.ca,
  KAFKA_SASL_MECHANISM: 'PLAIN',
  ...signedIn,
}
const mutual = {
  KAFKA_BROKERS: secured.kafka.SSL,
  KAFKA_SECURITY_PROTOCOL: 'SSL',
  KAFKA_CA_FILE: secured.ca,
  KAFKA_CERT_FILE: secured.client.cert,
  KAFKA_KEY_FILE: secured.client.key,
}
const { KAFKA_SASL_USERNAME: _, KAFKA_SASL_PASSWORD_FILE: __, ...withoutUser } = overTls
const bearer = {
  ...withoutUser,
  KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
  KAFKA_SASL_TOKEN_FILE: join(directory.path, 'token'),
}

before(async () => {
  await writeFile(signedIn.KAFKA_SASL_PASSWORD_FILE, `${PASSWORD}\n`)
  await writeFile(bearer.KAFKA_SASL_TOKEN_FILE, bearerToken(KAFKA_ADMIN))
  await writeFile(join(directory.path, 'wrong'), 'guessed')
})

function open(environment: Readonly<Record<string, string>>) {
  const { kafka } = settingsOf(environment)
  return openLog(kafka, 'test', systemClock, () => {}, new AbortController().signal)
}

for (const client of NAMES) {
  const works: readonly [string, Readonly<Record<string, string>>][] = [
    ['mutual TLS', mutual],
    ['PLAIN over TLS', overTls],
    ['SCRAM-SHA-256 over TLS', { ...overTls, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256' }],
    ['SCRAM-SHA-512 over TLS', { ...overTls, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' }],
    ['a bearer token over TLS', bearer],
    [
      'SCRAM without TLS',
      {
        ...signedIn,
        KAFKA_BROKERS: secured.kafka.SASL_PLAINTEXT,
        KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
        KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256',
      },
    ],
  ]
  for (const [what, environment] of works) {
    test(`${client}: records are appended and read with ${what}, and sources are shared`, async () => {
      const { log, close } = await open({ ...environment, KAFKA_CLIENT: client })
      const [source] = await log.sources('events')
      const { offset } = await log.append('events', source!.partition, Buffer.from(what))
      const { records } = await log.read(source!, offset, { bytesMax: 1_000, waitMs: 1_000 })
      assert.equal(Buffer.from(records[0]!.bytes).toString(), what)
      const { kafka } = settingsOf({ ...environment, KAFKA_CLIENT: client })
      const owned = Promise.withResolvers<number>()
      const ownership = OWNERSHIPS[client]({
        ...{ ...kafka, log, clock: systemClock, clientId: 'test', onTrouble: () => {} },
        groupId: `test ${client} ${what}`.replaceAll(' ', '-'),
      })
      await ownership.claim((sources) => owned.resolve(sources.length))
      assert.equal(await owned.promise, 1)
      await ownership.close()
      await close()
    })
  }

  const refused: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
    ['a certificate of another authority', { ...overTls, KAFKA_CA_FILE: secured.otherCa }, /no authority/],
    [
      'a wrong password',
      { ...overTls, KAFKA_SASL_PASSWORD_FILE: join(directory.path, 'wrong') },
      /cannot be used: .*[Aa]uthentication failed/,
    ],
    [
      'a wrong password with SCRAM',
      {
        ...overTls,
        KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
        KAFKA_SASL_PASSWORD_FILE: join(directory.path, 'wrong'),
      },
      /cannot be used: .*[Aa]uthentication failed/,
    ],
    [
      'a certificate of ours that the broker does not know',
      { ...mutual, KAFKA_CERT_FILE: secured.foreign.cert, KAFKA_KEY_FILE: secured.foreign.key },
      /cannot be used: it refuses our certificate/,
    ],
    [
      'no certificate of ours where one is asked for',
      {
        KAFKA_BROKERS: secured.kafka.SSL,
        KAFKA_SECURITY_PROTOCOL: 'SSL',
        KAFKA_CA_FILE: secured.ca,
      },
      /cannot be used: it refuses our certificate, or that we have none/,
    ],
  ]
  for (const [what, environment, words] of refused) {
    test(`${client}: a start is refused in words with ${what}`, () =>
      assertRefused(() => open({ ...environment, KAFKA_CLIENT: client }), words))
  }

  for (const [what, certificate, words] of [
    ['has expired', secured.expired, /its certificate has expired/],
    ['is for another host', secured.elsewhere, /its certificate is for another host/],
  ] as const) {
    test(`${client}: a start is refused in words where the certificate of the broker ${what}`, async () => {
      await using proxy = await startTlsProxy(certificate, secured.ports.kafka)
      const environment = { ...mutual, KAFKA_BROKERS: proxy.address, KAFKA_CLIENT: client }
      await assertRefused(() => open(environment), words)
    })
  }
}
