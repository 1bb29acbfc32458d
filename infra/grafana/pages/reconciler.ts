// The page of the reconcilers.
import { highest, level, named, type Page, quantiles, query, rate } from '../panels.ts'

export const RECONCILER: Page = {
  uid: 'tally-reconciler',
  title: 'Tally: reconcilers',
  chosen: [{ label: 'instance', of: 'tally_audit_buckets_total' }],
  rows: [
    [
      {
        title: 'Age of what is recounted',
        unit: 's',
        targets: [
          query('max(tally_reconciled_age_seconds{instance=~"$instance"})', 'the process that leads'),
        ],
      },
      {
        title: 'Records not archived, by lane',
        unit: 'short',
        targets: [level('tally_archive_lag_records', 'lane')],
      },
      {
        title: 'Records that left the log unarchived, and sources that ended',
        unit: 'short',
        targets: [
          named('records', level('tally_archive_missing_records_total')),
          named('sources', level('tally_archive_halts_total')),
        ],
      },
    ],
    [
      {
        title: 'Buckets recounted a second',
        unit: 'ops',
        targets: [rate('tally_audit_buckets_total', 'instance')],
      },
      {
        title: 'Buckets that differed, a second',
        unit: 'ops',
        about: 'Late events explain a difference. What nothing explains is an alert.',
        targets: [
          named('differing', rate('tally_audit_differing_total')),
          named('unexplained', rate('tally_audit_unexplained_total')),
        ],
      },
      {
        title: 'Late events found, a second',
        unit: 'ops',
        targets: [rate('tally_audit_late_applied_total')],
      },
    ],
    [
      {
        title: 'Probes, an hour',
        unit: 'short',
        targets: [
          query(
            'sum by (ok) (increase(tally_weak_audits_total{instance=~"$instance"}[1h]))',
            'right: {{ok}}',
          ),
        ],
      },
      {
        title: 'From the 202 of the probe to its count',
        unit: 's',
        targets: [highest('tally_weak_audit_latency_seconds', 'instance')],
      },
      { title: 'Time for a breakdown', unit: 's', targets: quantiles('tally_breakdown_seconds', 'status') },
    ],
    [
      {
        title: 'Webhooks, attempts a second',
        unit: 'ops',
        targets: [named('taken:', rate('tally_webhook_attempts_total', 'taken'))],
      },
      {
        title: 'Webhooks that wait, and alerts that rest for want of a key',
        unit: 'short',
        targets: [
          named('webhooks', level('tally_webhooks_waiting')),
          named('alerts', level('tally_alerts_untold')),
        ],
      },
      {
        title: 'Age of the oldest webhook that waits',
        unit: 's',
        about: 'A receiver that is away is its own fault; many that wait are ours.',
        targets: [highest('tally_webhook_waiting_seconds')],
      },
      {
        title: 'Since every alert of tenants was judged',
        unit: 's',
        targets: [highest('tally_alerts_judged_seconds')],
      },
    ],
  ],
}
