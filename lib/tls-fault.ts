// Says in words why a TLS connection was refused, by us or by the server. Pure.
import { errorsWithin } from './inner-errors.ts'

/** Codes of Node and OpenSSL. */
const UNTRUSTED = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
])
/** Alerts of RFC 8446, section 6.2: what the other side says before it closes. */
const ALERT = /^ERR_SSL_.*ALERT_(?!HANDSHAKE)/

/** A sentence about the first certificate that was refused among the errors within an error; null if there is none. */
export function tlsFault(error: unknown): string | null {
  for (const inner of errorsWithin(error)) {
    const { code, reason, message } = inner as Error & { code?: unknown; reason?: string }
    const fault = typeof code === 'string' ? sentence(code, reason ?? message) : null
    if (fault !== null) return fault
  }
  return null
}

function sentence(code: string, said: string): string | null {
  if (UNTRUSTED.has(code)) return 'its certificate is of no authority that is trusted here'
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'its certificate has expired'
    case 'CERT_NOT_YET_VALID':
      return 'its certificate is not valid yet'
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `its certificate is for another host: ${said}`
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return 'it does not speak TLS there'
    default:
      return ALERT.test(code) ? `it refuses our certificate, or that we have none: ${said}` : null
  }
}
