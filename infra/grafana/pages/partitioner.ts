// The page of the partitioners.
import { highest, level, mean, named, type Page, quantiles, query, rate } from '../panels.ts'

export const PARTITIONER: Page = {
  uid: 'tally-partitioner',
  title: 'Tally: partitioners',
  chosen: [{ label: 'instance', of: 'tally_in_flight_bytes' }],
  rows: [
    [
      {
        title: 'Requests with events a second, by status',
        unit: 'ops',
        targets: [rate('tally_event_requests_total', 'status')],
      },
      {
        title: 'Events rejected a second, by code',
        unit: 'ops',
        targets: [rate('tally_events_rejected_total', 'code')],
      },
    ],
    [
      {
        title: 'Bodies not answered yet',
        unit: 'bytes',
        about: 'Bounded by IN_FLIGHT_MIB_MAX.',
        targets: [level('tally_in_flight_bytes', 'instance')],
      },
      {
        title: 'Requests shed a second',
        unit: 'ops',
        about: 'Refused because turns of the event loop take too long.',
        targets: [rate('tally_event_requests_shed_total', 'instance')],
      },
      {
        title: 'Threads that read bodies, and deaths a second',
        unit: 'short',
        about: 'One that dies is begun anew after a second; meanwhile the others have its share.',
        targets: [
          named('up', level('tally_door_threads', 'instance')),
          named('died', rate('tally_door_thread_deaths_total', 'instance')),
        ],
      },
    ],
    [
      { title: 'Time to be durable', unit: 's', targets: quantiles('tally_append_seconds', 'lane') },
      { title: 'Events in a record', unit: 'short', targets: [mean('tally_record_events', 'lane')] },
      {
        title: 'Records that the log did not confirm, a second',
        unit: 'ops',
        targets: [rate('tally_append_failures_total', 'instance')],
      },
    ],
    [
      {
        title: 'On disk, and the limit',
        unit: 'bytes',
        about: 'Events that wait for the log (spool) or for a layout (unrouted).',
        targets: [
          named('spool', level('tally_spool_bytes', 'instance')),
          named('unrouted', level('tally_unrouted_bytes', 'instance')),
          named('limit', level('tally_spool_limit_bytes', 'instance')),
        ],
      },
      {
        title: 'Records on disk',
        unit: 'short',
        targets: [
          named('spool', level('tally_spool_records', 'instance')),
          named('unrouted', level('tally_unrouted_records', 'instance')),
        ],
      },
      {
        title: 'Age of the oldest record on disk',
        unit: 's',
        targets: [
          named('spool', highest('tally_spool_oldest_seconds', 'instance')),
          named('unrouted', highest('tally_unrouted_oldest_seconds', 'instance')),
        ],
      },
    ],
    [
      {
        title: 'Partitions whose records go to the spool',
        unit: 'short',
        targets: [level('tally_spool_away_partitions', 'instance')],
      },
      {
        title: 'Records from the spool to the log, and refused, a second',
        unit: 'ops',
        targets: [
          named('drained', rate('tally_spool_drained_total', 'instance')),
          named('refused', rate('tally_spool_refused_total', 'instance')),
        ],
      },
      {
        title: 'How far ahead layouts are known',
        unit: 's',
        isSigned: true,
        about: 'Below 0 events of now cannot be routed, and wait on the disk.',
        targets: [
          query('min by (instance) (tally_layouts_known_seconds{instance=~"$instance"})', '{{instance}}'),
        ],
      },
    ],
  ],
}
