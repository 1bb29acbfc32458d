// A plan in words. Pure.
import type { Form, Load } from './load.ts'
import type { Plan } from './plan.ts'
import type { CountsPlan } from './plan-counts.ts'
import { ARCHIVE_DAYS_MORE } from './planning.ts'
import { bytes, count, digits, duration, gigabits, range } from './quantity.ts'
import { sum, times } from './ranges.ts'
import type { UnitCosts } from './unit-costs.ts'

const NAME_COLUMNS = 31
const COLUMNS = 116
/** The default of RAW_MIB_PER_PARTITION_MAX. */
const LOG_MIB_DEFAULT = 65_536

export const FORM_NAMES: Readonly<Record<Form, string>> = {
  single: 'a request for each row',
  day: 'batches over partitions of a video and day, as in keyspaces of earlier releases',
  shared: 'partitions that many videos share, as in new keyspaces (decision 36)',
}

export function linesOf(load: Load, plan: Plan, costs: UnitCosts): string[] {
  return [
    loadLine(load),
    '',
    ...processLines(plan),
    ...serverLines(load, plan),
    '',
    'Rows, by the form in which they are written: nodes of Cassandra, and what of the processors it takes',
    ...plan.forms.flatMap((form) => formLines(form, load)),
    '',
    ...networkLines(plan),
    '',
    ...storageLines(load, plan),
    '',
    ...dominantLines(plan),
    '',
    ...embeddedLines(load, plan),
    '',
    'Half of everything is left free, and of Cassandra a third more, for a lost zone. Ranges go from the best to the',
    'worst that was measured. Compression in Kafka, viewers, questions and backups are not in it, nor is what rows',
    'take in Cassandra: they are taken as large as embedded ones. Try it on your own machines before you rely on it.',
    'It rests on',
    ...costs.sources.flatMap(wrapped),
  ]
}

function loadLine({ rate, averageRate, videos, spread }: Load): string {
  const average = averageRate === rate ? '' : `, ${count(averageRate)} on average`
  const law = spread === 'zipf' ? "by Zipf's law" : 'all alike'
  return `${count(rate)} events/s${average}, ${count(videos)} videos, ${law}`
}

function processLines(plan: Plan): string[] {
  return [
    line('requests', `${count(plan.requestsPerSecond)}/s`),
    line('partitions', count(plan.partitions)),
    line('events a record, at most', count(plan.recordEvents)),
    line('partitioners', `${range(plan.partitioners, count)}, a core each`),
    line('processors', `${range(plan.processors, count)}, a core each`),
    line(
      'reconcilers',
      `${range(plan.reconcilers, count)}, ${range(coresOf(plan, 'reconcilers'), count)} cores`,
    ),
    line('query services', `${plan.queryServices} at least; more by what is asked`),
    line('memory for ids', `${bytes(plan.idBytes)}, over all processors`),
    line(
      'recount of an hour',
      `${range(plan.recountHourCoreS, duration)} of one core, shared by all reconcilers`,
    ),
    line('series an hour, rolled up', count(plan.seriesHours)),
  ]
}

function serverLines({ copies }: Load, plan: Plan): string[] {
  const { redis } = plan
  const isEnough = redis.rowsPerSecond <= redis.rowsPerSecondMax.low
  return [
    line('Kafka brokers', `${range(plan.brokers, count)}, ${copies} copies`),
    line('Cassandra nodes, for counts', `${range(plan.nodes, count)}, ${copies} copies`),
    line(
      'Redis',
      `one, ${bytes({ low: redis.bytes, high: redis.bytes })}; ${count(redis.rowsPerSecond)} rows/s for top lists` +
        (isEnough
          ? ''
          : `, more than the ${count(redis.rowsPerSecondMax.high)} it takes: lists are not exact`),
    ),
  ]
}

function formLines(
  { form, nodes, processorCores, rowsAStatement, shards }: CountsPlan,
  load: Load,
): string[] {
  const mark = form === load.form ? ' (planned with)' : ''
  const sharing = shards === null ? '' : `, ${count(shards)} shards`
  const rows = `${digits(rowsAStatement)} ${rowsAStatement === 1 ? 'row' : 'rows'} a statement${sharing}`
  return [
    line(`${form}${mark}`, FORM_NAMES[form]),
    line('', `${range(nodes, count)} nodes, ${range(processorCores, digits)} cores of processors; ${rows}`),
  ]
}

function networkLines({ network, rowsPerEvent, rowWritesPerSecond, indexEntriesPerSecond }: Plan): string[] {
  return [
    line('rows an event', digits(rowsPerEvent)),
    line('rows written', `${count(rowWritesPerSecond)}/s`),
    line('index entries beside them', `${range(indexEntriesPerSecond, count)}/s, not in the nodes`),
    line('network, requests', gigabits(network.requests)),
    line('network, log', `${gigabits(network.log)}: appended, copied, read twice`),
    line('network, counts', gigabits(network.counts)),
  ]
}

function storageLines(load: Load, { storageADay, held, spoolBytesPerHour, brokers, nodes }: Plan): string[] {
  const { retentionDays, copies } = load
  const counts = `minutes ${load.minutesDays} days, hours ${load.hoursDays} days, days ${load.years} years`
  const total = sum(storageADay.log, storageADay.archive, storageADay.counts)
  return [
    line('storage a day', bytes(total)),
    line('  log', `${bytes(storageADay.log)}, ${copies} copies`),
    line('  archive', `${bytes(storageADay.archive)}, once`),
    line('  counts, minutes', `${bytes(storageADay.counts)}, ${copies} copies`),
    line(
      `log, ${digits(retentionDays)} days`,
      `${bytes(held.log)}; a broker ${bytes(times(held.log, 1 / brokers.high))}`,
    ),
    line(`archive, ${digits(retentionDays + ARCHIVE_DAYS_MORE)} days`, bytes(held.archive)),
    line('counts in the end', `${bytes(held.counts)}; a node ${bytes(times(held.counts, 1 / nodes.high))}`),
    line('rows in the end', `${count(held.rows)} (${counts})`),
    line('spools, an hour without Kafka', bytes(spoolBytesPerHour)),
  ]
}

function dominantLines({ parts, held }: Plan): string[] {
  const all = parts.reduce((total, { cores }) => total + cores.high, 0)
  const [first] = parts
  const disks = Object.entries({ log: held.log, archive: held.archive, counts: held.counts }).sort(
    ([, a], [, b]) => b.high - a.high,
  )
  const bytesOfAll = disks.reduce((total, [, { high }]) => total + high, 0)
  const percent = (part: number, whole: number) => `${Math.round((part / whole) * 100)} %`
  return [
    line('most of the cores', `${first!.name}: ${percent(first!.cores.high, all)} of ${count(all)}`),
    ...parts.map(({ name, cores }) => line(`  ${name}`, `${range(cores, count)} cores`)),
    line('most of the disks', `${disks[0]![0]}: ${percent(disks[0]![1].high, bytesOfAll)} in the end`),
  ]
}

function embeddedLines({ retentionDays }: Load, { embedded }: Plan): string[] {
  const needed = `${embedded.logMibPerPartition}, or raw events leave the log earlier`
  return [
    `npm start, one process: ${embedded.fits ? 'takes that' : 'does not take that with a reserve'}`,
    line('cores', range(embedded.cores, digits)),
    line(`log, ${digits(retentionDays)} days`, bytes(embedded.logBytes)),
    line('counts in the end', bytes(embedded.countsBytes)),
    ...(embedded.logMibPerPartition > LOG_MIB_DEFAULT ? [line('RAW_MIB_PER_PARTITION_MAX', needed)] : []),
  ]
}

function wrapped(source: string): string[] {
  const lines = ['  ']
  for (const word of source.split(' ')) {
    if (lines.at(-1)!.length + word.length < COLUMNS) lines[lines.length - 1] += `${word} `
    else lines.push(`    ${word} `)
  }
  return lines.map((text) => text.trimEnd())
}

function coresOf({ parts }: Plan, name: string) {
  return parts.find((part) => part.name === name)!.cores
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(NAME_COLUMNS)}${text}`
}
