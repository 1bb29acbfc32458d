import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { makeAuthority } from '../../testing/certificates.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { systemClock } from '../system-clock.ts'
import { type CertificateSettings, watchCertificates } from './certificate-metrics.ts'

const DAY_S = 86_400

async function shown(settings: CertificateSettings) {
  const registry = new Registry()
  watchCertificates(registry, settings, systemClock)
  const { values } = await registry.getSingleMetric('tally_certificate_left_seconds')!.get()
  return values.map(({ labels, value }) => ({ server: labels.server, days: Math.round(value / DAY_S) }))
}

test('tells for each kind of server how long the certificate is good that it is shown', async () => {
  await using directory = await temporaryDirectory()
  const authority = await makeAuthority(directory.path, 'ours')
  const certOf = async (days: number) =>
    readFileSync((await authority.issue('tally', 'DNS:tally', days)).cert, 'utf8')
  const kafka = { security: { tls: { cert: await certOf(2) } } }
  const redis = { tls: { cert: await certOf(30) } }
  assert.deepEqual(await shown({ kafka, redis, cassandra: { tls: {} } }), [
    { server: 'kafka', days: 2 },
    { server: 'redis', days: 30 },
  ])
})

test('has no value where no certificate is shown', async () => {
  assert.deepEqual(await shown({ kafka: { security: { tls: null } }, redis: null }), [])
})
