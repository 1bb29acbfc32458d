import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Environment, SettingsReader } from '../../../lib/settings-reader.ts'
import { NO_SECURITY, readKafkaSecurity } from './kafka-security.ts'

function securityOf(environment: Environment) {
  const read = new SettingsReader(environment)
  const security = readKafkaSecurity(read)
  read.check()
  return security
}

const SIGNED_IN = { KAFKA_SASL_USERNAME: 'tally', KAFKA_SASL_PASSWORD: 'sesame' }

test('Kafka is reached without encryption and sign-in unless settings say otherwise', () => {
  assert.deepEqual(securityOf({}), NO_SECURITY)
  assert.deepEqual(securityOf({ KAFKA_SECURITY_PROTOCOL: 'SSL' }), {
    tls: { rejectUnauthorized: true },
    sasl: null,
  })
  assert.deepEqual(securityOf({ KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', ...SIGNED_IN }), {
    tls: null,
    sasl: { mechanism: 'SCRAM-SHA-512', username: 'tally', password: 'sesame' },
  })
})

test('Settings that do not go together are refused, and no password is shown', () => {
  const wrong: readonly [Environment, RegExp][] = [
    [SIGNED_IN, /needs a KAFKA_SECURITY_PROTOCOL of SASL_SSL/],
    [{ KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' }, /SCRAM-SHA-512 needs a KAFKA_SASL_USERNAME and/],
    [
      { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_MECHANISM: 'OAUTHBEARER' },
      /OAUTHBEARER needs a KAFKA_SASL_TOKEN_FILE/,
    ],
    [{ KAFKA_SECURITY_PROTOCOL: 'TLS' }, /must be one of PLAINTEXT, SSL, /],
  ]
  for (const [environment, message] of wrong) {
    assert.throws(
      () => securityOf(environment),
      (error: Error) => {
        assert.match(error.message, message)
        assert.doesNotMatch(error.message, /sesame/)
        return true
      },
    )
  }
})
