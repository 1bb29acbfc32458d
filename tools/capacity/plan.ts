// What a load needs, from what benchmarks measured. Ranges go from the best to the worst that was measured. Pure.
import { MIB } from '../../lib/byte-units.ts'
import { FINGERPRINT_WORDS } from '../../model/fingerprint-set.ts'
import { TOPS_BYTES_MAX } from '../../stores/tops/tops-settings.ts'
import { distinct } from './distinct.ts'
import { FORMS, type Load } from './load.ts'
import {
  type CountsPlan,
  indexEntriesOf,
  partitionsFor,
  planCounts,
  processorsFor,
  rowWritesOf,
} from './plan-counts.ts'
import {
  ARCHIVE_DAYS_MORE,
  BROKERS_LEAST,
  DAY_S,
  DAYS_A_YEAR,
  HOUR_S,
  KEPT_BEYOND_HORIZON_MIN,
  LINGER_S_MAX,
  PROCESSES_LEAST,
  READERS,
  USED_MAX,
} from './planning.ts'
import { product, sum, times, wholes } from './ranges.ts'
import type { Range } from './results.ts'
import type { UnitCosts } from './unit-costs.ts'

type Part = { readonly name: string; readonly cores: Range }

export type Plan = {
  readonly requestsPerSecond: number
  readonly rowsPerEvent: number
  readonly rowWritesPerSecond: number
  /** Beside them, in the form that is planned with. */
  readonly indexEntriesPerSecond: Range
  readonly partitions: number
  /** Of one partitioner and one partition, as many as can share a record. */
  readonly recordEvents: number
  readonly partitioners: Range
  readonly processors: Range
  readonly reconcilers: Range
  readonly queryServices: number
  readonly brokers: Range
  readonly nodes: Range
  /** By every form of writing rows. */
  readonly forms: readonly CountsPlan[]
  readonly redis: {
    readonly rowsPerSecond: number
    readonly rowsPerSecondMax: Range
    /** Top lists at their bound, and hints of all ids that are kept. */
    readonly bytes: number
  }
  /** Bytes a second. */
  readonly network: { readonly requests: Range; readonly log: Range; readonly counts: Range }
  readonly idBytes: Range
  readonly storageADay: { readonly log: Range; readonly archive: Range; readonly counts: Range }
  /** In the end, when everything expires as fast as it comes; all copies. */
  readonly held: {
    readonly log: Range
    readonly archive: Range
    readonly counts: Range
    readonly rows: number
  }
  /** CPU of the recount of an hour, in core-seconds. */
  readonly recountHourCoreS: Range
  readonly seriesHours: number
  /** The most expensive first. */
  readonly parts: readonly Part[]
  readonly spoolBytesPerHour: Range
  readonly embedded: EmbeddedPlan
}

type EmbeddedPlan = {
  readonly cores: Range
  /** Whether the measured process would take the rate, with as much again in reserve. */
  readonly fits: boolean
  readonly logBytes: Range
  /** RAW_MIB_PER_PARTITION_MAX must allow it, or raw events leave the log earlier. */
  readonly logMibPerPartition: number
  readonly countsBytes: Range
}

/** The default of npm start. */
const EMBEDDED_PARTITIONS = 4
const FINGERPRINT_BYTES = 4 * FINGERPRINT_WORDS

export function planFor(load: Load, costs: UnitCosts): Plan {
  const { rate, averageRate, copies } = load
  const forms = FORMS.map((form) => planCounts(load, costs, form))
  const counts = forms.find(({ form }) => form === load.form)!
  const rows = rowWritesOf(load)
  const record = costs.of('event.record.bytes')
  const doorCores = times(doorCost(costs, 'door', load), rate / 1e6)
  const partitioners = wholes(times(doorCores, 1 / USED_MAX), PROCESSES_LEAST)
  const processors = processorsFor(counts.processorCores)
  const partitions = partitionsFor(processors.high)
  const brokers = brokersFor(load, costs)
  const batch = planBatch(load, costs)
  const held = heldBy(load, costs)
  return {
    requestsPerSecond: Math.ceil(rate / load.eventsPerRequest),
    rowsPerEvent: rows / rate,
    rowWritesPerSecond: rows,
    indexEntriesPerSecond: indexEntriesOf(load),
    partitions,
    recordEvents: Math.max(1, (rate * LINGER_S_MAX) / partitioners.low / partitions),
    ...{ partitioners, processors, reconcilers: batch.reconcilers, queryServices: PROCESSES_LEAST },
    ...{ brokers, nodes: counts.nodes, forms },
    redis: {
      rowsPerSecond: rows,
      rowsPerSecondMax: costs.of('redis.rate'),
      bytes: TOPS_BYTES_MAX + FINGERPRINT_BYTES * idsOf(load),
    },
    network: {
      requests: times(costs.of('event.json.bytes'), rate),
      log: times(record, rate * (copies + READERS)),
      counts: times(costs.of('row.statement.bytes'), rows * copies),
    },
    idBytes: times(costs.of('id.bytes'), idsOf(load)),
    storageADay: {
      log: times(record, averageRate * DAY_S * copies),
      archive: times(costs.of('archive.bytes'), averageRate * DAY_S),
      counts: times(costs.of('embedded.row.bytes'), rowsADay(load) * copies),
    },
    held,
    recountHourCoreS: batch.recountHourCoreS,
    seriesHours: distinct(load, averageRate * HOUR_S),
    parts: [
      { name: 'Cassandra', cores: times(counts.nodes, costs.serverCores.cassandra) },
      { name: 'Kafka', cores: times(brokers, costs.serverCores.kafka) },
      { name: 'partitioners', cores: partitioners },
      { name: 'processors', cores: processors },
      { name: 'reconcilers', cores: batch.cores },
    ].sort((a, b) => b.cores.high - a.cores.high),
    spoolBytesPerHour: times(record, rate * HOUR_S),
    embedded: planEmbedded(load, costs),
  }
}

/** A share for the request and one for the event, from the two sizes of requests that were measured. */
function doorCost(costs: UnitCosts, which: 'door' | 'one-process', { eventsPerRequest }: Load): Range {
  const [one, hundred] = [costs.of(`${which}.1`), costs.of(`${which}.100`)]
  const of = (alone: number, among: number) => {
    const request = (alone - among) / (1 - 1 / 100)
    return request / eventsPerRequest + (alone - request)
  }
  return { low: of(one.low, hundred.low), high: of(one.high, hundred.high) }
}

/** Every copy is appended; the followers read as well as those that count and archive. */
function brokersFor({ rate, copies }: Load, costs: UnitCosts): Range {
  const bytes = times(costs.of('event.record.bytes'), rate)
  const inverse = ({ low, high }: Range) => ({ low: 1 / high, high: 1 / low })
  const appending = product(times(bytes, copies), inverse(costs.of('kafka.append.rate')))
  const reading = product(times(bytes, copies - 1 + READERS), inverse(costs.of('kafka.read.rate')))
  return wholes(times(sum(appending, reading), 1 / USED_MAX), Math.max(BROKERS_LEAST, copies))
}

/** Each archives in one thread; an hour is recounted within an hour. */
function planBatch({ rate, averageRate }: Load, costs: UnitCosts) {
  const archiving = times(costs.of('archive'), rate / 1e6)
  const recounting = times(costs.of('recount'), averageRate / 1e6)
  const cores = times(sum(archiving, recounting), 1 / USED_MAX)
  return {
    reconcilers: wholes(times(archiving, 1 / USED_MAX), PROCESSES_LEAST),
    recountHourCoreS: times(recounting, HOUR_S),
    cores: wholes(cores, PROCESSES_LEAST),
  }
}

function idsOf({ rate, horizonMin }: Load): number {
  return rate * 60 * (horizonMin + KEPT_BEYOND_HORIZON_MIN)
}

function rowsADay(load: Load): number {
  return distinct(load, load.averageRate * 60) * (DAY_S / 60)
}

function heldBy(load: Load, costs: UnitCosts): Plan['held'] {
  const { averageRate, retentionDays, minutesDays, hoursDays, years, copies } = load
  const raw = averageRate * DAY_S
  const hours = distinct(load, averageRate * HOUR_S) * 24 * hoursDays
  const days = distinct(load, averageRate * DAY_S) * DAYS_A_YEAR * years
  const rows = rowsADay(load) * minutesDays + hours + days
  return {
    log: times(costs.of('event.record.bytes'), raw * retentionDays * copies),
    archive: times(costs.of('archive.bytes'), raw * (retentionDays + ARCHIVE_DAYS_MORE)),
    counts: times(costs.of('embedded.row.bytes'), rows * copies),
    rows,
  }
}

function planEmbedded(load: Load, costs: UnitCosts): EmbeddedPlan {
  const { rate, averageRate, retentionDays, copies } = load
  const raw = averageRate * DAY_S * retentionDays
  const cost = doorCost(costs, 'one-process', load)
  const most = (costs.of('one-process.rate').low * costs.of('one-process.100').low) / cost.low
  return {
    cores: times(cost, rate / 1e6),
    fits: rate <= most * USED_MAX,
    logBytes: times(costs.of('embedded.log.bytes'), raw),
    logMibPerPartition: Math.ceil((raw * costs.of('event.record.bytes').high) / EMBEDDED_PARTITIONS / MIB),
    countsBytes: times(heldBy(load, costs).counts, 1 / copies),
  }
}
