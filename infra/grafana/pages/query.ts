// The page of the query services.
import { highest, level, named, type Page, quantiles, rate, seen } from '../panels.ts'

export const QUERY: Page = {
  uid: 'tally-query',
  title: 'Tally: queries',
  chosen: [{ label: 'instance', of: 'tally_live_connections' }],
  rows: [
    [
      {
        title: 'Questions a second, by route',
        unit: 'ops',
        targets: [seen('tally_query_seconds', 'route')],
      },
      {
        title: 'Questions a second, by status',
        unit: 'ops',
        targets: [seen('tally_query_seconds', 'status')],
      },
      { title: 'Time to answer, by route', unit: 's', targets: quantiles('tally_query_seconds', 'route') },
    ],
    [
      {
        title: 'Reads a second, by what answered',
        unit: 'ops',
        targets: [rate('tally_query_reads_total', 'by')],
      },
      {
        title: 'Answers a second that were only the last known',
        unit: 'ops',
        targets: [rate('tally_query_last_known_total', 'instance')],
      },
      {
        title: 'Calls to the shared cache that failed, a second',
        unit: 'ops',
        targets: [rate('tally_query_cache_failures_total', 'instance')],
      },
    ],
    [
      {
        title: 'Live connections',
        unit: 'short',
        targets: [level('tally_live_connections', 'instance')],
      },
      {
        title: 'Live counts sent, and read for them, a second',
        unit: 'ops',
        targets: [
          named('sent', rate('tally_live_messages_total')),
          named('read', rate('tally_live_reads_total')),
          named('failed', rate('tally_live_read_failures_total')),
        ],
      },
      {
        title: 'Live connections dropped for reading too slowly, a second',
        unit: 'ops',
        targets: [rate('tally_live_dropped_total', 'instance')],
      },
    ],
    [
      {
        title: 'How old answers are',
        unit: 's',
        about: 'The age of meta.asOf.',
        targets: [highest('tally_as_of_seconds', 'instance')],
      },
      {
        title: 'Up to when answers can be complete',
        unit: 's',
        about: 'Far more than their age: a partitioner is silent, and may have events on its disk.',
        targets: [highest('tally_complete_to_seconds', 'instance')],
      },
    ],
    [
      {
        title: 'Clock behind the log',
        unit: 's',
        about: 'Answers are not complete meanwhile.',
        targets: [highest('tally_clock_behind_seconds', 'instance')],
      },
      { title: 'Dead letters', unit: 'short', targets: [highest('tally_dead_letters_open', 'instance')] },
      {
        title: 'Breakers of Cassandra',
        unit: 'none',
        about: '0 closed, 1 half open, 2 open.',
        targets: [highest('tally_breaker_state', 'instance', 'name')],
      },
      {
        title: 'Changes of titles that are not applied',
        unit: 'short',
        about: 'Until the first time that none is left, questions about titles are refused.',
        targets: [highest('tally_titles_behind_records', 'instance')],
      },
    ],
  ],
}
