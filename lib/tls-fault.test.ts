import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tlsFault } from './tls-fault.ts'

const withCode = (code: string, message = 'what was said') => Object.assign(new Error(message), { code })

function check(error: unknown, expected: RegExp | null): void {
  const name = error instanceof Error ? `${error.name} ${(error as { code?: string }).code}` : String(error)
  test(`${name} is ${expected ?? 'no fault of TLS'}`, () => {
    const fault = tlsFault(error)
    if (expected === null) assert.equal(fault, null)
    else assert.match(String(fault), expected)
  })
}

check(withCode('DEPTH_ZERO_SELF_SIGNED_CERT'), /^its certificate is of no authority that is trusted here$/)
check(withCode('CERT_HAS_EXPIRED'), /has expired/)
check(withCode('CERT_NOT_YET_VALID'), /not valid yet/)
check(withCode('ERR_TLS_CERT_ALTNAME_INVALID'), /for another host: what was said/)
check(withCode('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), /refuses our certificate, or that we have none/)
check(withCode('ERR_SSL_WRONG_VERSION_NUMBER'), /does not speak TLS/)
check(withCode('ECONNREFUSED'), null)
check(withCode('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'), null)
check('text', null)
check(new Error('outer', { cause: new AggregateError([withCode('CERT_HAS_EXPIRED')]) }), /expired/)
check(
  Object.assign(new Error('no host'), { innerErrors: { '127.0.0.1:9042': withCode('CERT_HAS_EXPIRED') } }),
  /expired/,
)

test('An error that is its own cause ends the search', () => {
  const error = new Error('round')
  error.cause = error
  assert.equal(tlsFault(error), null)
})
