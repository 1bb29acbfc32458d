// A plan in words. Pure.
import type { Range } from './measured.ts'
import type { Load, Plan } from './plan.ts'

const NAME_COLUMNS = 31
/** The default of RAW_MIB_PER_PARTITION_MAX. */
const LOG_MIB_DEFAULT = 65_536

export function linesOf(load: Load, plan: Plan): string[] {
  const { embedded, cluster } = plan
  const { rawDays, copies } = load
  const counts = `minutes ${load.minutesDays} days, hours ${load.hoursDays} days, days ${load.years} years`
  return [
    `${count(load.eventsPerSecond)} events/s on average, ${count(load.peakPerSecond)} at the peak, ` +
      `${count(load.videos)} videos`,
    '',
    line('requests at the peak', `${count(plan.requestsPerSecond)}/s of ${load.eventsPerRequest} events`),
    line('memory for ids', `${bytes(plan.idBytes)}, over all processors`),
    line(`archive, ${rawDays + 1} days`, bytes(plan.archiveBytes)),
    line('rows written at the peak', `${range(plan.rowWrites, count)}/s`),
    line('rows held', `${range(plan.rows, count)} (${counts})`),
    line('recount of an hour', duration(plan.recountHourS)),
    line('recount of everything raw', duration(plan.recountAllS)),
    '',
    `npm start, one process: ${embedded.fits ? 'takes that peak' : 'does not take that peak with a reserve'}`,
    line(
      'cores at the peak',
      range(embedded.cores, (cores) => cores.toFixed(1)),
    ),
    line(`log, ${rawDays} days`, bytes(embedded.logBytes)),
    line('counts', bytes(embedded.countsBytes)),
    ...(embedded.logMibPerPartition > LOG_MIB_DEFAULT
      ? [
          line(
            'RAW_MIB_PER_PARTITION_MAX',
            `${embedded.logMibPerPartition}, or raw events leave the log earlier`,
          ),
        ]
      : []),
    '',
    `npm run cluster and services of your own, ${copies} copies`,
    line('partitions', count(cluster.partitions)),
    line('partitioners', `${range(cluster.partitioners, count)}, a core each`),
    line('processors', `${range(cluster.processors, count)}, a core each`),
    line('threads that archive', count(cluster.archivers)),
    line(`log in Kafka, ${rawDays} days`, bytes(cluster.logBytes)),
    line(
      'counts in Cassandra',
      `${bytes(cluster.countsBytes)} (rows as large as embedded ones: not measured there)`,
    ),
    line('nodes of Cassandra', range(cluster.cassandraNodes, count)),
    line('spools, an hour without Kafka', bytes(cluster.spoolBytesPerHour)),
    '',
    'Computed from figures of two shared cores (tools/capacity/measured.ts), half of everything left free. Ranges',
    'go from the best to the worst measurement, and from views by Zipf to views of all videos alike. Compression in',
    'Kafka, viewers, queries and backups are not in it. Before you rely on it: npm run load -- stress on your own',
    'machines.',
  ]
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(NAME_COLUMNS)}${text}`
}

/** Two digits that mean something. */
function count(value: number): string {
  if (value < 100) return Math.ceil(value).toLocaleString('en')
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1)
  return (Math.ceil(value / unit) * unit).toLocaleString('en')
}

function bytes(some: Range): string {
  return range(some, (value) => {
    const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']
    const unit = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)))
    return `${Number((value / 1_000 ** unit).toPrecision(2))} ${units[unit]}`
  })
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`
  return seconds < 7_200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3_600)} h`
}

function range({ low, high }: Range, text: (value: number) => string): string {
  const [from, to] = [text(low), text(high)]
  return from === to ? from : `${from} to ${to}`
}
