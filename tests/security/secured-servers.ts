// Real servers that let in only whom they know: Kafka with TLS, mutual TLS, every kind of sign-in and rights; Cassandra
// with TLS, certificates of clients, sign-in and rights; Redis with TLS and ACL users.
import { join } from 'node:path'
import { RIGHTS } from '../../infra/rights.ts'
import { openServers } from '../../infra/servers.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { type Authority, type Certificate, makeAuthority } from '../../testing/certificates.ts'

const PORTS = { kafka: 28_092, cassandra: 28_042, redis: 28_379 }
/** Beside the first, which takes what is not encrypted from whoever administrates, and the controller's. */
const KAFKA = { SASL_SSL: 28_094, SSL: 28_095, SASL_PLAINTEXT: 28_096 } as const
const REDIS_TLS = 28_380
const START_TIMEOUT_MS = 600_000

/** Of every user of Kafka, Cassandra and Redis here. */
export const PASSWORD = 'correct-horse-battery-staple'
/** May do everything at Kafka. */
export const KAFKA_ADMIN = 'kafka-admin'

/** Passed to the tests as JSON. */
export type Secured = {
  readonly kafka: Readonly<Record<keyof typeof KAFKA | 'PLAINTEXT', string>>
  readonly cassandra: string
  readonly redis: { readonly tls: string; readonly plain: string }
  readonly ports: typeof PORTS
  readonly ca: string
  readonly otherCa: string
  readonly client: Certificate
  /** Of the same authority, for 127.0.0.1. */
  readonly expired: Certificate
  /** Of the same authority, for another host. */
  readonly elsewhere: Certificate
  /** What another authority has issued. */
  readonly foreign: Certificate
}

export async function startSecured(directory: string) {
  const authority = await makeAuthority(directory, 'authority')
  const other = await makeAuthority(directory, 'other')
  const server = await authority.issue('server', 'IP:127.0.0.1,DNS:localhost')
  const servers = await openServers({
    directory: join(directory, 'servers'),
    engine: 'native', // containers take no further configuration
    ports: { ...readInfraSettings(process.env).ports, ...PORTS },
    startTimeoutMs: START_TIMEOUT_MS,
    extra: {
      kafka: kafkaLines(authority, server),
      cassandra: cassandraLines(authority, server),
      redis: redisLines(authority, server),
    },
  })
  const secured: Secured = {
    kafka: {
      PLAINTEXT: `127.0.0.1:${PORTS.kafka}`,
      SASL_SSL: `127.0.0.1:${KAFKA.SASL_SSL}`,
      SSL: `127.0.0.1:${KAFKA.SSL}`,
      SASL_PLAINTEXT: `127.0.0.1:${KAFKA.SASL_PLAINTEXT}`,
    },
    cassandra: `127.0.0.1:${PORTS.cassandra}`,
    redis: { tls: `rediss://127.0.0.1:${REDIS_TLS}`, plain: `redis://127.0.0.1:${PORTS.redis}` },
    ports: PORTS,
    ca: authority.ca,
    otherCa: other.ca,
    client: await authority.issue('tally', 'DNS:tally'),
    expired: await authority.issue('expired', 'IP:127.0.0.1', -1),
    elsewhere: await authority.issue('elsewhere', 'DNS:elsewhere.example'),
    foreign: await other.issue('foreign', 'IP:127.0.0.1'),
  }
  return {
    secured,
    up: (signal: AbortSignal) => servers.up({ kafka: 1, cassandra: 1, redis: 1 }, signal),
    down: () => servers.down(['kafka', 'cassandra', 'redis']),
  }
}

/** Who comes without sign-in may do everything: that listener is for the test itself. */
function kafkaLines({ ca }: Authority, { both }: Certificate): string {
  const all = { CLUSTER: PORTS.kafka, ...KAFKA }
  const listeners = Object.entries(all).map(([name, port]) => `${name}://127.0.0.1:${port}`)
  const users = Object.keys(RIGHTS).map((name) => `user_${name}="${PASSWORD}"`)
  const ours = 'org.apache.kafka.common.security'
  const signIn = ['SASL_SSL', 'SASL_PLAINTEXT'].flatMap((listener) => {
    const of = (mechanism: string) => `listener.name.${listener.toLowerCase()}.${mechanism}.sasl.jaas.config`
    const scram = `${ours}.scram.ScramLoginModule required;`
    return [
      `${of('plain')}=${ours}.plain.PlainLoginModule required user_${KAFKA_ADMIN}="${PASSWORD}" ${users.join(' ')};`,
      ...['scram-sha-256', 'scram-sha-512'].map((mechanism) => `${of(mechanism)}=${scram}`),
      `${of('oauthbearer')}=${ours}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="x";`,
    ]
  })
  const lines = [
    `listeners=${listeners.join()},CONTROLLER://127.0.0.1:${PORTS.kafka + 1}`,
    `advertised.listeners=${listeners.join()}`,
    `listener.security.protocol.map=CLUSTER:PLAINTEXT,CONTROLLER:PLAINTEXT,${Object.keys(KAFKA)
      .map((name) => `${name}:${name}`)
      .join()}`,
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${both}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${ca}`,
    'listener.name.ssl.ssl.client.auth=required',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    ...signIn,
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    `super.users=User:ANONYMOUS;User:${KAFKA_ADMIN};User:CN=tally`,
  ]
  return `\n${lines.join('\n')}\n`
}

/** What is not encrypted is taken too, because the health check of the server is not. */
function cassandraLines({ ca }: Authority, { both }: Certificate): string {
  return `
authenticator: { class_name: PasswordAuthenticator }
authorizer: { class_name: CassandraAuthorizer }
role_manager: { class_name: CassandraRoleManager }
client_encryption_options:
  enabled: true
  optional: true
  require_client_auth: true
  ssl_context_factory:
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
  keystore: ${both}
  truststore: ${ca}
`
}

function redisLines({ ca }: Authority, { cert, key }: Certificate): string {
  const users = Object.entries(RIGHTS).flatMap(([name, { redis }]) =>
    redis === null ? [] : [`user ${name} on >${PASSWORD} ${redis}`],
  )
  const tls = [
    `tls-port ${REDIS_TLS}`,
    `tls-cert-file ${cert}`,
    `tls-key-file ${key}`,
    `tls-ca-cert-file ${ca}`,
  ]
  return `${[...tls, 'tls-auth-clients optional', ...users].join('\n')}\n`
}
