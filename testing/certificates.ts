// For tests: an authority and certificates of it, made on the spot by openssl.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** Paths of files in PEM form; `both` holds the key and the certificate. */
export type Certificate = { readonly cert: string; readonly key: string; readonly both: string }

export type Authority = {
  /** The path of its own certificate. */
  readonly ca: string
  /** `names` as in `IP:127.0.0.1,DNS:localhost`; with fewer than 0 days it has expired. */
  issue(commonName: string, names: string, days?: number): Promise<Certificate>
}

export async function makeAuthority(directory: string, name: string): Promise<Authority> {
  const path = (file: string) => join(directory, file)
  const [ca, caKey] = [path(`${name}.pem`), path(`${name}.key`)]
  const openssl = (...args: string[]) => run('openssl', args)
  await openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-keyout',
    caKey,
    '-out',
    ca,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
  )
  let issued = 0
  return {
    ca,
    async issue(commonName, names, days = 2) {
      const stem = `${name}-${++issued}`
      const [key, request, extensions, cert] = ['key', 'csr', 'ext', 'crt'].map((ext) =>
        path(`${stem}.${ext}`),
      )
      await openssl('req', ...NEW_KEY, '-keyout', key!, '-out', request!, '-subj', `/CN=${commonName}`)
      await writeFile(extensions!, `subjectAltName=${names}\n`)
      const signed = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-days', String(days)]
      await openssl('x509', '-req', '-in', request!, ...signed, '-extfile', extensions!, '-out', cert!)
      const both = path(`${stem}.both`)
      await writeFile(both, `${await readFile(key!, 'utf8')}${await readFile(cert!, 'utf8')}`)
      return { cert: cert!, key: key!, both }
    },
  }
}
