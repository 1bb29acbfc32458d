import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Authority, type Certificate, makeAuthority } from '../testing/certificates.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { type Environment, SettingsReader } from './settings-reader.ts'
import { readTls } from './tls-settings.ts'

const directory = await temporaryDirectory()
let authority: Authority
let own: Certificate
let expired: Certificate
before(async () => {
  authority = await makeAuthority(directory.path, 'authority')
  own = await authority.issue('own', 'DNS:own')
  expired = await authority.issue('expired', 'DNS:expired', -1)
})
after(() => directory[Symbol.asyncDispose]())

function tlsOf(environment: Environment) {
  const read = new SettingsReader(environment)
  const tls = readTls(read, 'KAFKA', Date.now())
  read.check()
  return tls
}

test('Without a file there is no TLS, and what is not verified is never trusted', () => {
  assert.equal(tlsOf({}), null)
  const { rejectUnauthorized, ca, cert } = tlsOf({
    ...{ KAFKA_CA_FILE: authority.ca, KAFKA_CERT_FILE: own.cert, KAFKA_KEY_FILE: own.key },
  })!
  assert.equal(rejectUnauthorized, true)
  assert.equal(ca, readFileSync(authority.ca, 'utf8').trim())
  assert.equal(cert, readFileSync(own.cert, 'utf8').trim())
})

test('What a server would refuse is refused before it is asked', async () => {
  const text = join(directory.path, 'text')
  await writeFile(text, 'not a certificate')
  const wrong: readonly [Environment, RegExp][] = [
    [{ KAFKA_CA_FILE: '/not/there' }, /KAFKA_CA_FILE: ENOENT/],
    [{ KAFKA_CA_FILE: text }, /KAFKA_CA_FILE: it holds no certificate in PEM form/],
    [{ KAFKA_CERT_FILE: own.cert }, /KAFKA_CERT_FILE and KAFKA_KEY_FILE go together/],
    [
      { KAFKA_CERT_FILE: expired.cert, KAFKA_KEY_FILE: expired.key },
      /KAFKA_CERT_FILE: it expired on \w{3} .*GMT/,
    ],
    [
      { KAFKA_CERT_FILE: own.cert, KAFKA_KEY_FILE: expired.key },
      /KAFKA_KEY_FILE: it is no key of KAFKA_CERT_FILE/,
    ],
  ]
  for (const [environment, message] of wrong) assert.throws(() => tlsOf(environment), message)
})
