// The metrics of the batch layer, read at each scrape.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import type { WeakAudit } from '../../model/weak-audit.ts'
import type { HourAudit } from '../../stores/counts/rollups.ts'
import { watchLag } from '../../stores/log/lag-gauge.ts'
import type { Log } from '../../stores/log/log.ts'
import type { Archiver } from './archiving/archiver.ts'
import type { Reconciler } from './reconciler.ts'

const OF_HOURS = [
  ['tally_audit_buckets_total', 'Buckets recounted from raw events.', 'buckets'],
  [
    'tally_audit_differing_total',
    'Buckets in which the stream did not hold what the recount gave.',
    'differing',
  ],
  ['tally_audit_late_applied_total', 'Late events found by recounts.', 'lateApplied'],
  ['tally_audit_unexplained_total', 'Buckets that differed by other than late events.', 'unexplained'],
] as const satisfies readonly (readonly [string, string, keyof HourAudit])[]

export type ReconcilerMetrics = {
  ran(audits: readonly HourAudit[]): void
  /** From now on probes are made, so that their lack is one. */
  probing(): void
  probed(audit: WeakAudit): void
  /** So many records left the log before they were archived. */
  missed(records: number): void
  /** A source is not archived any more, for a reason that does not pass. */
  halted(): void
}

/** The state that the metrics show. */
export type WatchedReconciler = Pick<Reconciler, 'latest' | 'leads'> & {
  readonly archivers: readonly Pick<Archiver, 'source' | 'checkpoint'>[]
}

export function reconcilerMetrics(
  registry: Registry,
  reconciler: () => WatchedReconciler,
  log: Pick<Log, 'bounds'>,
  clock: Clock,
): ReconcilerMetrics {
  const registers = [registry]
  const counters = OF_HOURS.map(([name, help, key]) => ({
    key,
    counter: new Counter({ name, help, registers }),
  }))
  const runs = new Counter({ name: 'tally_reconcile_runs_total', help: 'Runs of the recount.', registers })
  const probes = new Counter({
    name: 'tally_weak_audits_total',
    help: 'Probes, sent as senders do, by whether the answer was right in time.',
    labelNames: ['ok'],
    registers,
  })
  const missing = new Counter({
    name: 'tally_archive_missing_records_total',
    help: 'Records that left the log before they were archived.',
    registers,
  })
  const halts = new Counter({
    name: 'tally_archive_halts_total',
    help: 'How often the archiving of a source ended for a reason that does not pass.',
    registers,
  })
  const latency = new Gauge({
    name: 'tally_weak_audit_latency_seconds',
    help: 'From the 202 until the counts were right, at the latest probe that succeeded.',
    registers,
  })
  new Gauge({
    name: 'tally_reconciled_age_seconds',
    help: 'Age of the end of the recounted time, reported by the leading process; elsewhere 0.',
    registers,
    collect() {
      const { leads, latest } = reconciler()
      const isKnown = leads && latest !== null
      this.set(isKnown ? clock.nowMs() / 1000 - latest.reconciled.toMinute * 60 : 0)
    },
  })
  const archived = () =>
    reconciler().archivers.map(({ source, checkpoint }) => ({
      source,
      nextOffset: checkpoint?.nextOffset ?? 0,
    }))
  const lag = {
    name: 'tally_archive_lag_records',
    help: 'Records of a source that the log holds and the archive does not.',
  }
  watchLag(registry, lag, archived, log, clock)
  return {
    ran(audits) {
      runs.inc()
      for (const { key, counter } of counters) for (const audit of audits) counter.inc(audit[key])
    },
    probing() {
      for (const ok of ['true', 'false']) probes.inc({ ok }, 0) // the first of each is an increase too
    },
    probed({ ok, latencyMs }) {
      probes.inc({ ok: String(ok) })
      if (latencyMs !== null) latency.set(latencyMs / 1000)
    },
    missed: (records) => missing.inc(records),
    halted: () => halts.inc(),
  }
}
