// What the batch layer tells about itself, looked up when it is asked for.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Log } from '../ports/log.ts'
import type { HourAudit } from '../ports/rollups.ts'
import type { Reconciler } from './reconciler.ts'
import type { WeakAudit } from './weak-audit.ts'

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
  probed(audit: WeakAudit): void
}

export function reconcilerMetrics(
  registry: Registry,
  reconciler: () => Reconciler,
  log: Pick<Log, 'bounds'>,
  nowMs: () => number,
): ReconcilerMetrics {
  const registers = [registry]
  const counters = OF_HOURS.map(([name, help, key]) => ({
    key,
    counter: new Counter({ name, help, registers }),
  }))
  const runs = new Counter({ name: 'tally_reconcile_runs_total', help: 'Runs of the recount.', registers })
  const probes = new Counter({
    name: 'tally_weak_audits_total',
    help: 'Probes through the front door, by whether the answer was right in time.',
    labelNames: ['ok'],
    registers,
  })
  const latency = new Gauge({
    name: 'tally_weak_audit_latency_seconds',
    help: 'From the answer of the front door until the counts were right, at the latest probe that succeeded.',
    registers,
  })
  new Gauge({
    name: 'tally_reconciled_age_seconds',
    help: 'Age of the end of the time that is recounted.',
    registers,
    collect() {
      const latest = reconciler().latest
      if (latest !== null) this.set(nowMs() / 1000 - latest.reconciled.toMinute * 60)
    },
  })
  new Gauge({
    name: 'tally_archive_lag_records',
    help: 'Records of a source that the log holds and the archive does not.',
    labelNames: ['source', 'lane'],
    registers,
    async collect() {
      for (const { source, checkpoint } of reconciler().archivers) {
        const { startOffset, endOffset } = await log.bounds(source)
        const lag = endOffset - Math.max(startOffset, checkpoint?.nextOffset ?? 0)
        this.set({ source: source.id, lane: source.lane }, lag)
      }
    },
  })
  return {
    ran(audits) {
      runs.inc()
      for (const { key, counter } of counters) for (const audit of audits) counter.inc(audit[key])
    },
    probed({ ok, latencyMs }) {
      probes.inc({ ok: String(ok) })
      if (latencyMs !== null) latency.set(latencyMs / 1000)
    },
  }
}
