// A query server on counts in memory, for tests. An answer that violates its description fails.
import assert from 'node:assert/strict'
import type { FastifyInstance } from 'fastify'
import { NO_KEYS } from '../lib/http/keys/key-ring.ts'
import { QueryRate } from '../lib/http/query-rate.ts'
import { buildServer } from '../lib/http/server.ts'
import { systemClock } from '../lib/system-clock.ts'
import { minuteOf } from '../model/bucket.ts'
import type { Kept } from '../model/retention.ts'
import { type Aggregate, add, EMPTY } from '../model/total.ts'
import type { QueryDeps } from '../services/query/deps.ts'
import { LastKnown } from '../services/query/kept/last-known.ts'
import { registerQueries } from '../services/query/query-routes.ts'
import type { CountRow } from '../stores/counts/counts.ts'
import { checkAnswers } from './check-answers.ts'
import { MemoryCounts } from './memory-counts.ts'
import { MemoryJournal } from './memory-journal.ts'
import { MemoryRollups } from './memory-rollups.ts'

const NOW = '2026-11-21T12:00:30Z'

export const STATS = '/v1/videos/v/stats'
export const VIEWS = `${STATS}?eventType=view&function`
export const HOURS = 'startTime=2026-11-21T08:00:00Z&endTime=2026-11-21T10:00:00Z'

/** Events of one minute, by their values in thousandths; null is an event without one. */
export type Counted = {
  readonly time: string
  readonly values: readonly (bigint | null)[]
  readonly tenant?: string
  readonly videoId?: string
  readonly type?: string
}

/** Minutes around HOURS. */
export const MORNING: readonly Counted[] = [
  { time: '2026-11-21T07:59Z', values: [9000n] },
  { time: '2026-11-21T08:00Z', values: [1500n, 2500n, null] },
  { time: '2026-11-21T09:59Z', values: [-1000n] },
  { time: '2026-11-21T10:00Z', values: [7000n] },
]

/** A server with these counts, by default views of the video `v`. */
export async function serve(counted: readonly Counted[] = MORNING, overrides: Partial<QueryDeps> = {}) {
  const counts = new MemoryCounts()
  await counts.write('s', counted.map(countRow))
  const app = buildServer({ logger: { level: 'error' } })
  checkAnswers(app)
  registerQueries(app, { ...queryDeps(counts), ...overrides })
  const get = (url: string, headers = {}) => app.inject({ url, headers })
  const post = (body: unknown, headers = {}) =>
    app.inject({ method: 'POST', url: '/v1/query', headers, payload: body as object })
  return { app, counts, get, post, json: json(app) }
}

const ALL_KEPT: Kept = { minutesFrom: 0, hoursFrom: 0 }

/** At the time NOW, half a second behind the log. */
export function queryDeps(counts: MemoryCounts): QueryDeps {
  const clock = { ...systemClock, nowMs: () => Date.parse(NOW) }
  return {
    counts,
    clock,
    keys: NO_KEYS,
    rate: new QueryRate({ costPerSecondMax: null }, clock),
    lastKnown: new LastKnown({ clock, shared: null, onStale: () => {} }),
    progress: () => ({ asOfMs: Date.parse(NOW) - 500 }),
    coverage: () => null,
    kept: () => ALL_KEPT,
    checkpoints: () => counts.checkpoints(),
    audits: { rollups: new MemoryRollups(), journal: new MemoryJournal() },
    metrics: { answered: () => {} },
  }
}

function json(app: FastifyInstance) {
  return async (url: string) => {
    const response = await app.inject(url)
    assert.equal(response.statusCode, 200, response.body)
    return response.json()
  }
}

function countRow({ time, values, tenant = '', videoId = 'v', type = 'view' }: Counted): CountRow {
  const minute = minuteOf(Date.parse(time))
  const total = { ...values.map(aggregateOf).reduce(add, EMPTY), upTo: values.length }
  return { bucket: { tenant, videoId, type, minute }, total }
}

function aggregateOf(value: bigint | null): Aggregate {
  if (value === null) return { ...EMPTY, count: 1 }
  return { count: 1, values: 1, sum: value, min: Number(value), max: Number(value) }
}
