// How long the certificates are good that a process shows to servers. They are read at its start: a new one needs a
// restart.
import { X509Certificate } from 'node:crypto'
import { Gauge, type Registry } from 'prom-client'
import type { Clock } from '../clock.ts'
import type { TlsOptions } from '../tls-settings.ts'

type Shown = Pick<TlsOptions, 'cert'> | null

/** As the settings of services hold them, by the kind of server. */
export type CertificateSettings = {
  readonly kafka: { readonly security: { readonly tls: Shown } }
  readonly cassandra?: { readonly tls: Shown }
  readonly redis: { readonly tls?: Shown } | null
}

/** A kind of server that is shown none has no value. */
export function watchCertificates(
  registry: Registry,
  { kafka, cassandra, redis }: CertificateSettings,
  { nowMs }: Pick<Clock, 'nowMs'>,
): void {
  const shown = { kafka: kafka.security.tls, cassandra: cassandra?.tls, redis: redis?.tls }
  const ends = Object.entries(shown).flatMap(([server, tls]) =>
    tls?.cert === undefined ? [] : [{ server, atMs: new X509Certificate(tls.cert).validToDate.getTime() }],
  )
  new Gauge({
    name: 'tally_certificate_left_seconds',
    help: 'How long the certificate is still good that this process shows to a kind of server.',
    labelNames: ['server'],
    registers: [registry],
    collect() {
      for (const { server, atMs } of ends) this.set({ server }, (atMs - nowMs()) / 1_000)
    },
  })
}
