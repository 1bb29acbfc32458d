// The metrics of queries.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import { knownAsOfMs } from '../../model/as-of.ts'
import { SECOND_MS } from '../../model/bucket.ts'
import type { Reached } from '../../stores/log/progress.ts'
import type { CacheMetrics } from './read/cached-reader.ts'

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

/** Returns the function to call for each. */
export function countStale(registry: Registry): () => void {
  const stale = new Counter({
    name: 'tally_query_last_known_total',
    help: 'Questions that got the last known answer, because the store was away or too slow.',
    registers: [registry],
  })
  return () => stale.inc()
}

export function cacheMetrics(registry: Registry): CacheMetrics {
  const registers = [registry]
  const answers = new Counter({
    name: 'tally_query_reads_total',
    help: 'Reads of counts, by origin: this process, the shared cache, the counts, or the last known answer.',
    labelNames: ['by'],
    registers,
  })
  const failures = new Counter({
    name: 'tally_query_cache_failures_total',
    help: 'Calls to the shared cache that failed; the counts answered instead.',
    registers,
  })
  return { answered: (by) => answers.inc({ by }), failed: () => failures.inc() }
}

/** The state of a process's clock compared with the log. */
type WatchedClock = { readonly behindMs: number; readonly steps: number }

export function clockMetrics(registry: Registry, clock: WatchedClock): void {
  const registers = [registry]
  new Gauge({
    name: 'tally_clock_behind_seconds',
    help: 'How far the clock of this process stands behind the log: answers are not complete meanwhile.',
    registers,
    collect() {
      this.set(clock.behindMs / 1_000)
    },
  })
  new Counter({
    name: 'tally_clock_steps_back_total',
    help: 'How often the clock of this process was behind the log.',
    registers,
    collect() {
      this.reset()
      this.inc(clock.steps)
    },
  })
}

/** Of a process that answers from the counts of others. 0: not known yet. */
export function watchProgress(registry: Registry, reached: Reached, clock: Pick<Clock, 'nowMs'>): void {
  const age = (name: string, help: string, atMs: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const knownMs = knownAsOfMs(atMs())
        this.set(knownMs === null ? 0 : Math.max(0, clock.nowMs() - knownMs) / SECOND_MS)
      },
    })
  age('tally_as_of_seconds', 'How long ago answers go to: the age of meta.asOf.', () => reached.asOfMs)
  age(
    'tally_complete_to_seconds',
    'How long ago answers can be complete to. Far more than tally_as_of_seconds: a partitioner is silent.',
    () => reached.sureToMs,
  )
}
