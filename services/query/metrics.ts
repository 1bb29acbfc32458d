// What operators see of queries.
import { Histogram, type Registry } from 'prom-client'

export type QueryMetrics = {
  /** `route` is the pattern and never the address, so that the number of its values is bounded. */
  answered(route: string, status: number, seconds: number): void
}

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

export function queryMetrics(registry: Registry): QueryMetrics {
  const latency = new Histogram({
    name: 'tally_query_seconds',
    help: 'Time from a query to its answer, by route and status.',
    labelNames: ['route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  })
  return {
    answered: (route, status, seconds) => latency.observe({ route, status: String(status) }, seconds),
  }
}
