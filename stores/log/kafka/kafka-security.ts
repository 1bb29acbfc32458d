// How a process proves to Kafka who it is, and how it knows Kafka. The names are those of Kafka's own clients.
import { readFileSync } from 'node:fs'
import type { SettingsReader } from '../../../lib/settings-reader.ts'
import { readTls, type TlsOptions } from '../../../lib/tls-settings.ts'

const PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

export type Sasl =
  | {
      readonly mechanism: Exclude<(typeof MECHANISMS)[number], 'OAUTHBEARER'>
      readonly username: string
      readonly password: string
    }
  /** Asked for each connection, because tokens expire. */
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: () => string }

export type KafkaSecurity = {
  /** Null: not encrypted. */
  readonly tls: TlsOptions | null
  readonly sasl: Sasl | null
}

export const NO_SECURITY: KafkaSecurity = { tls: null, sasl: null }

export function readKafkaSecurity(read: SettingsReader): KafkaSecurity {
  const protocol = read.oneOf('KAFKA_SECURITY_PROTOCOL', 'PLAINTEXT', PROTOCOLS)
  const tls = readTls(read, 'KAFKA', Date.now())
  const sasl = readSasl(read, protocol.startsWith('SASL'))
  const isEncrypted = protocol.endsWith('SSL')
  if (tls !== null && !isEncrypted)
    read.refuse(`KAFKA_SECURITY_PROTOCOL is ${protocol}, which uses no certificates: SSL and SASL_SSL do`)
  return { tls: isEncrypted ? (tls ?? { rejectUnauthorized: true }) : null, sasl }
}

function readSasl(read: SettingsReader, isWanted: boolean): Sasl | null {
  const mechanism = read.oneOf('KAFKA_SASL_MECHANISM', 'SCRAM-SHA-512', MECHANISMS)
  const username = read.text('KAFKA_SASL_USERNAME', '')
  const password = read.secret('KAFKA_SASL_PASSWORD') ?? ''
  const tokenFile = read.text('KAFKA_SASL_TOKEN_FILE', '')
  if (!isWanted) {
    if (username !== '' || tokenFile !== '')
      read.refuse('KAFKA_SASL_… needs a KAFKA_SECURITY_PROTOCOL of SASL_SSL or SASL_PLAINTEXT')
    return null
  }
  if (mechanism === 'OAUTHBEARER') {
    if (tokenFile === '') read.refuse('OAUTHBEARER needs a KAFKA_SASL_TOKEN_FILE')
    else read.fileContent('KAFKA_SASL_TOKEN_FILE')
    return { mechanism, token: () => readFileSync(tokenFile, 'utf8').trim() }
  }
  if (username === '' || password === '')
    read.refuse(`${mechanism} needs a KAFKA_SASL_USERNAME and a KAFKA_SASL_PASSWORD`)
  return { mechanism, username, password }
}
