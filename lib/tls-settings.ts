// The settings of TLS to a kind of server: whom to trust, and who we are. All are files in PEM form.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { SettingsReader } from './settings-reader.ts'

/** As Node takes them. Nothing is trusted that is not verified. */
export type TlsOptions = {
  readonly rejectUnauthorized: true
  /** Only these authorities; left out: those of Node. */
  readonly ca?: string
  /** What the server is shown, if it asks. */
  readonly cert?: string
  readonly key?: string
}

/**
 * Of `KAFKA_CA_FILE`, `KAFKA_CERT_FILE` and `KAFKA_KEY_FILE` for the prefix `KAFKA`; null where none of them is set.
 * What a server would refuse later is a fault: a certificate that has expired, or a key of another one.
 */
export function readTls(read: SettingsReader, prefix: string, nowMs: number): TlsOptions | null {
  const [caFile, certFile, keyFile] = ['CA', 'CERT', 'KEY'].map((part) => `${prefix}_${part}_FILE`) as [
    string,
    string,
    string,
  ]
  const [ca, cert, key] = [caFile, certFile, keyFile].map((name) => read.fileContent(name))
  if (read.isGiven(certFile) !== read.isGiven(keyFile)) read.refuse(`${certFile} and ${keyFile} go together`)
  if (ca !== undefined) parsedIn(read, caFile, ca)
  const own = cert === undefined ? null : parsedIn(read, certFile, cert)
  if (own !== null) {
    if (own.validToDate.getTime() < nowMs) read.refuse(`${certFile}: it expired on ${own.validTo}`)
    if (key !== undefined && !isKeyOf(own, key)) read.refuse(`${keyFile}: it is no key of ${certFile}`)
  }
  if ([caFile, certFile, keyFile].every((name) => !read.isGiven(name))) return null
  return {
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && key !== undefined && { cert, key }),
  }
}

/** The first certificate of the file. */
function parsedIn(read: SettingsReader, name: string, pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem)
  } catch {
    read.refuse(`${name}: it holds no certificate in PEM form`)
    return null
  }
}

function isKeyOf(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}
