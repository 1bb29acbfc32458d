// The page of the processing instances.
import { highest, level, type Page, query, rate } from '../panels.ts'

export const PROCESSING: Page = {
  uid: 'tally-processing',
  title: 'Tally: processing',
  chosen: [{ label: 'instance', of: 'tally_halted_sources' }],
  rows: [
    [
      {
        title: 'Events a second, by how they ended',
        unit: 'ops',
        targets: [rate('tally_source_events_total', 'outcome')],
      },
      {
        title: 'Events a second, by process',
        unit: 'ops',
        targets: [rate('tally_source_events_total', 'instance')],
      },
    ],
    [
      { title: 'Freshness', unit: 's', targets: [highest('tally_freshness_seconds', 'instance')] },
      {
        title: 'Records not counted: the ten sources with most',
        unit: 'short',
        targets: [query('topk(10, tally_lag_records{instance=~"$instance"})', '{{source}} {{lane}}')],
      },
    ],
    [
      {
        title: 'Rows sealed and not stored',
        unit: 'short',
        about: 'More and more of them: Cassandra is slow. At the bound sources pause.',
        targets: [level('tally_queue_rows', 'instance')],
      },
      {
        title: 'Breaker of Cassandra',
        unit: 'none',
        about: '0 closed, 1 half open, 2 open: calls fail, and are tried only now and then.',
        targets: [highest('tally_breaker_state', 'instance', 'name')],
      },
      { title: 'Halted sources', unit: 'short', targets: [level('tally_halted_sources', 'instance')] },
    ],
    [
      {
        title: 'Running totals in memory',
        unit: 'short',
        about: 'Bounded by TOTALS_ROWS_MAX in each process.',
        targets: [level('tally_totals_rows', 'instance')],
      },
      {
        title: 'Ids of the last minutes',
        unit: 'short',
        targets: [level('tally_seen_ids', 'instance')],
      },
      {
        title: 'Memory of these ids',
        unit: 'bytes',
        targets: [level('tally_seen_bytes', 'instance')],
      },
    ],
  ],
}
