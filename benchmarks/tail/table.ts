// The results of the cases as a table.
import type { Row } from '../report.ts'
import type { CaseResult } from './case-process.ts'

const MILLION = 1e6
const TABLES_OF_COUNTS = ['counts', 'shared_counts']

export function tableOf(cases: readonly CaseResult[]): Row[] {
  return cases.map((one) => ({
    'events over videos': `${one.spread}, ${one.videos.toLocaleString('en-US')}`,
    'events/s': Math.round(one.events / one.seconds),
    'rows/s': Math.round(allRows(one) / one.seconds),
    'count rows an event': countRowsPerEvent(one).toFixed(3),
    'all rows an event': (allRows(one) / one.events).toFixed(3),
    'statements an event': statementsPerEvent(one).toFixed(4),
    'CPU-s per million': ((one.cpuSeconds / one.events) * MILLION).toFixed(1),
    Cassandra: ((one.storeCpuSeconds / one.events) * MILLION).toFixed(1),
    'stored after ms, p50': Math.round(one.freshMs.p50),
    p99: Math.round(one.freshMs.p99),
    retries: one.retries,
  }))
}

/** Requests that write: a batch is one. */
export function statementsPerEvent({ requests, events }: CaseResult): number {
  return requests / events
}

/** Rows of totals; each row of an index comes beside. */
function countRowsPerEvent({ rows, events }: CaseResult): number {
  return TABLES_OF_COUNTS.reduce((sum, table) => sum + (rows[table] ?? 0), 0) / events
}

function allRows({ rows }: CaseResult): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0)
}
