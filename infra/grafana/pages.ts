// The dashboards: an overview, a page for each service, and one for all processes. Every metric is on one of them, or
// below with the reason why not. `npm run test:alerts -- --write` makes the files that Grafana reads. Pure.
import { OVERVIEW } from './pages/overview.ts'
import { PARTITIONER } from './pages/partitioner.ts'
import { PROCESSES } from './pages/processes.ts'
import { PROCESSING } from './pages/processing.ts'
import { QUERY } from './pages/query.ts'
import { RECONCILER } from './pages/reconciler.ts'
import type { Page } from './panels.ts'

/** Metrics that no panel shows, and why. */
export const NOT_SHOWN: Readonly<Record<string, string>> = {
  tally_clock_steps_back_total: 'tally_clock_behind_seconds shows the same while it lasts',
  tally_reconcile_runs_total: 'how often it runs is a setting; TallyRecountStops tells where it does not',
}

/** By the name of their file. */
export const PAGES: Readonly<Record<string, Page>> = {
  tally: OVERVIEW,
  'tally-partitioner': PARTITIONER,
  'tally-processing': PROCESSING,
  'tally-query': QUERY,
  'tally-reconciler': RECONCILER,
  'tally-processes': PROCESSES,
}
