// What all processes have: paths, memory, disks, versions.
import { highest, level, type Page, query, rate } from '../panels.ts'

export const PROCESSES: Page = {
  uid: 'tally-processes',
  title: 'Tally: processes and paths',
  chosen: [
    { label: 'instance', of: 'tally_build_info' },
    { label: 'route', of: 'tally_http_request_seconds_count' },
  ],
  rows: [
    [
      {
        title: 'Requests a second, by path',
        unit: 'ops',
        targets: [
          ofRoute('sum by (method, route) (rate(tally_http_request_seconds_count', '{{method}} {{route}}'),
        ],
      },
      {
        title: 'Requests a second that failed, by path and status',
        unit: 'ops',
        targets: [
          ofRoute(
            'sum by (route, status) (rate(tally_http_request_seconds_count',
            '{{status}} {{route}}',
            '5..',
          ),
        ],
      },
      {
        title: 'Requests a second that are too many, by path',
        unit: 'ops',
        about: '429: the limits of a tenant, a key or an address.',
        targets: [ofRoute('sum by (route) (rate(tally_http_request_seconds_count', '{{route}}', '429')],
      },
    ],
    [
      {
        title: 'Time of a request, by path',
        unit: 's',
        targets: [0.5, 0.99].map((quantile) =>
          query(
            `histogram_quantile(${quantile}, sum by (le, route) (rate(` +
              'tally_http_request_seconds_bucket{instance=~"$instance",route=~"$route"}[$__rate_interval])))',
            `p${quantile * 100} {{route}}`,
          ),
        ),
      },
    ],
    [
      {
        title: 'Time of a turn of the event loop, p99',
        unit: 's',
        targets: [highest('nodejs_eventloop_lag_p99_seconds', 'instance')],
      },
      {
        title: 'CPU',
        unit: 'percentunit',
        about: 'Of one core.',
        targets: [rate('process_cpu_seconds_total', 'instance')],
      },
      { title: 'Memory', unit: 'bytes', targets: [level('process_resident_memory_bytes', 'instance')] },
    ],
    [
      {
        title: 'Disk free',
        unit: 'percentunit',
        targets: [
          query(
            'tally_disk_free_bytes{instance=~"$instance"} / tally_disk_size_bytes{instance=~"$instance"}',
            '{{instance}}',
          ),
        ],
      },
      {
        title: 'Keys files that cannot be used',
        unit: 'short',
        targets: [level('tally_keys_file_faulty', 'instance')],
      },
      {
        title: 'How long certificates are still good',
        unit: 's',
        about: 'Those that processes show to other servers. That of the balancer is seen from outside alone.',
        targets: [level('tally_certificate_left_seconds', 'instance', 'server')],
      },
      {
        title: 'Versions',
        kind: 'table',
        unit: 'none',
        targets: [level('tally_build_info', 'instance', 'version', 'node')],
      },
    ],
  ],
}

/** `begun` is an expression that ends with a metric whose labels are still to come. */
function ofRoute(begun: string, legend: string, status = '.*') {
  const labels = `{instance=~"$instance",route=~"$route",status=~"${status}"}`
  return query(`${begun}${labels}[$__rate_interval]))`, legend)
}
