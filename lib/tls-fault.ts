// Says in words why a TLS connection was refused, by us or by the server. Pure.

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
const DEPTH_MAX = 10

/**
 * A sentence about the first certificate that was refused among an error, its causes and those that it is made of;
 * null if there is none.
 */
export function tlsFault(error: unknown, depth = 0): string | null {
  if (!(error instanceof Error) || depth > DEPTH_MAX) return null
  const { code, reason, message } = error as Error & { code?: unknown; reason?: string }
  const own = typeof code === 'string' ? sentence(code, reason ?? message) : null
  if (own !== null) return own
  for (const inner of innerErrors(error)) {
    const fault = tlsFault(inner, depth + 1)
    if (fault !== null) return fault
  }
  return null
}

/** `innerErrors` are those of Cassandra's driver, by host. */
function innerErrors(error: Error): readonly unknown[] {
  const { errors, innerErrors } = error as Error & { errors?: unknown; innerErrors?: unknown }
  return [error.cause, ...Object.values(errors ?? {}), ...Object.values(innerErrors ?? {})]
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
