// TLS and sign-in as @platformatic/kafka takes them.
import type { SASLOptions } from '@platformatic/kafka'
import type { TlsOptions } from '../../../../lib/tls-settings.ts'
import { type KafkaSecurity, NO_SECURITY, type Sasl } from '../kafka-security.ts'

/** To be spread into the options of whatever connects. */
export function securityOptions({ tls, sasl }: KafkaSecurity = NO_SECURITY): {
  readonly tls?: TlsOptions
  readonly sasl?: SASLOptions
} {
  return { ...(tls !== null && { tls }), ...(sasl !== null && { sasl: saslOptions(sasl) }) }
}

function saslOptions(sasl: Sasl): SASLOptions {
  return sasl.mechanism === 'OAUTHBEARER' ? { mechanism: sasl.mechanism, token: sasl.token } : { ...sasl }
}
