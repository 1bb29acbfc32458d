// The metrics of breakdowns.
import { Histogram, type Registry } from 'prom-client'

export type BreakdownMetrics = { answered(status: number, seconds: number): void }

const BUCKETS_SECONDS = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]

export function breakdownMetrics(registry: Registry): BreakdownMetrics {
  const latency = new Histogram({
    name: 'tally_breakdown_seconds',
    help: 'Time from a question for a breakdown to its answer, by status.',
    labelNames: ['status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  })
  return { answered: (status, seconds) => latency.observe({ status: String(status) }, seconds) }
}
