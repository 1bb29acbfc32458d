// What whoever is called looks at first.
import { highest, level, type Page, quantiles, query, rate, seen } from '../panels.ts'

export const OVERVIEW: Page = {
  uid: 'tally',
  title: 'Tally',
  chosen: [{ label: 'instance', of: 'tally_build_info' }],
  rows: [
    [
      { title: 'Freshness', kind: 'stat', unit: 's', targets: [highest('tally_freshness_seconds')] },
      { title: 'Halted sources', kind: 'stat', unit: 'short', targets: [level('tally_halted_sources')] },
      { title: 'Dead letters', kind: 'stat', unit: 'short', targets: [highest('tally_dead_letters_open')] },
      {
        title: 'Counts corrected without a reason, in a day',
        kind: 'stat',
        unit: 'short',
        targets: [query('sum(increase(tally_audit_unexplained_total[1d]))', 'buckets')],
      },
    ],
    [
      {
        title: 'Events accepted a second',
        unit: 'ops',
        targets: [rate('tally_events_accepted_total', 'lane')],
      },
      {
        title: 'Events processed a second, by how they ended',
        unit: 'ops',
        targets: [rate('tally_source_events_total', 'outcome')],
      },
    ],
    [
      {
        title: 'Promises missed in an hour',
        unit: 'percentunit',
        about: 'Promised: 0.1 % of events and answers, 0.5 % of the time for freshness, over 30 days.',
        targets: [
          query('tally:events_missed:ratio_1h', 'events not accepted within 250 ms'),
          query('tally:answers_missed:ratio_1h', 'answers not given within 100 ms'),
          query('tally:freshness_missed:ratio_1h', 'counts more than 3 s old'),
        ],
      },
      {
        title: 'Alerts',
        kind: 'table',
        unit: 'none',
        targets: [query('ALERTS{alertname=~"Tally.*",alertstate="firing"}', '{{alertname}}')],
      },
    ],
    [
      {
        title: 'Records not counted, by lane',
        unit: 'short',
        targets: [level('tally_lag_records', 'lane')],
      },
      {
        title: 'Questions a second, by route',
        unit: 'ops',
        targets: [seen('tally_query_seconds', 'route')],
      },
    ],
    [
      {
        title: 'Time to be durable in the log',
        unit: 's',
        targets: quantiles('tally_append_seconds', 'lane'),
      },
      { title: 'Time to answer', unit: 's', targets: quantiles('tally_query_seconds', 'route') },
    ],
  ],
}
