// What a load needs, computed from what was measured. Ranges go from the best to the worst of the measured rounds, and
// from views that follow Zipf's law to views of all videos alike. Pure.
import { MIB } from '../../lib/byte-units.ts'
import { distinctByUniform, distinctByZipf } from './distinct-videos.ts'
import {
  ARCHIVE_BYTES,
  ARCHIVED_A_SECOND,
  BYTES_AN_ID,
  DOOR_CPU_US,
  EMBEDDED_LOG_BYTES,
  EMBEDDED_ROW_BYTES,
  ONE_PROCESS_EVENTS_MAX,
  PROCESSOR_CPU_US,
  type Range,
  RECORD_BYTES,
  RECOUNTED_A_SECOND,
  THREE_NODES_ROWS,
} from './measured.ts'

export type Load = {
  /** On average; disks are filled by it. */
  readonly eventsPerSecond: number
  /** In the busiest minutes; processors are chosen for it. */
  readonly peakPerSecond: number
  readonly eventsPerRequest: number
  readonly videos: number
  readonly types: number
  readonly rawDays: number
  readonly minutesDays: number
  readonly hoursDays: number
  /** For how many years of days there is to be room: they are kept for ever. */
  readonly years: number
  readonly horizonMin: number
  /** Copies that Kafka and Cassandra keep. */
  readonly copies: number
}

export type Plan = {
  readonly requestsPerSecond: number
  /** Bytes, over all processors. */
  readonly idBytes: Range
  readonly archiveBytes: Range
  /** Rows of minutes, hours and days that are held in the end. */
  readonly rows: Range
  /** Rows that are written a second at the peak. */
  readonly rowWrites: Range
  /** Seconds to recount one hour, and all raw events that are kept. */
  readonly recountHourS: number
  readonly recountAllS: number
  readonly embedded: {
    readonly cores: Range
    /** Whether the measured process would take the peak, with as much again in reserve. */
    readonly fits: boolean
    readonly logBytes: Range
    /** RAW_MIB_PER_PARTITION_MAX must allow it, or raw events leave the log earlier. */
    readonly logMibPerPartition: number
    readonly countsBytes: Range
  }
  readonly cluster: {
    readonly partitioners: Range
    readonly processors: Range
    readonly partitions: number
    readonly archivers: number
    readonly logBytes: Range
    readonly countsBytes: Range
    readonly cassandraNodes: Range
    /** What the spools of the partitioners take for each hour that Kafka is away. */
    readonly spoolBytesPerHour: Range
  }
}

/** Half of a core, or of what a server took, is left free. */
const USED_MAX = 0.5
const FLUSH_S = 1
const DAY_S = 86_400
const HOUR_S = 3_600
const DAYS_A_YEAR = 365
/** An id is kept for the horizon and until its minute is over. */
const KEPT_BEYOND_HORIZON_MIN = 2
const PARTITIONS_LEAST = 16
/** So that processors can be added later without a new layout, and one that is slow has less to do. */
const PARTITIONS_A_PROCESSOR = 4
const NODES_LEAST = 3
/** The default of npm start. */
const EMBEDDED_PARTITIONS = 4
/** The archive keeps raw events a day longer than the log. */
const ARCHIVE_DAYS_MORE = 1

export function planFor(load: Load): Plan {
  const { eventsPerSecond, peakPerSecond, horizonMin, rawDays, copies } = load
  const raw = eventsPerSecond * DAY_S * rawDays
  const rows = rowsHeld(load)
  const rowWrites = distinct(load, peakPerSecond * FLUSH_S)
  const door = times(cpuAnEvent(load.eventsPerRequest), peakPerSecond / 1e6)
  const processorCores = times(PROCESSOR_CPU_US, peakPerSecond / 1e6)
  const processors = processesFor(processorCores)
  return {
    requestsPerSecond: Math.ceil(peakPerSecond / load.eventsPerRequest),
    idBytes: times(BYTES_AN_ID, peakPerSecond * 60 * (horizonMin + KEPT_BEYOND_HORIZON_MIN)),
    archiveBytes: times(ARCHIVE_BYTES, eventsPerSecond * DAY_S * (rawDays + ARCHIVE_DAYS_MORE)),
    rows,
    rowWrites,
    recountHourS: (eventsPerSecond * HOUR_S) / RECOUNTED_A_SECOND,
    recountAllS: raw / RECOUNTED_A_SECOND,
    embedded: {
      cores: door,
      fits: peakPerSecond <= mostOfOneProcess(load.eventsPerRequest) * USED_MAX,
      logBytes: times(EMBEDDED_LOG_BYTES, raw),
      logMibPerPartition: Math.ceil((raw * RECORD_BYTES.high) / EMBEDDED_PARTITIONS / MIB),
      countsBytes: times(rows, EMBEDDED_ROW_BYTES),
    },
    cluster: {
      partitioners: processesFor(door),
      processors,
      partitions: Math.max(PARTITIONS_LEAST, PARTITIONS_A_PROCESSOR * processors.high),
      archivers: Math.max(1, Math.ceil(peakPerSecond / (ARCHIVED_A_SECOND * USED_MAX))),
      logBytes: times(RECORD_BYTES, raw * copies),
      countsBytes: times(rows, EMBEDDED_ROW_BYTES * copies),
      cassandraNodes: nodesFor(rowWrites, copies),
      spoolBytesPerHour: times(RECORD_BYTES, peakPerSecond * HOUR_S),
    },
  }
}

/** A share for the request and one for the event, from the two sizes of requests that were measured. */
function cpuAnEvent(eventsPerRequest: number): Range {
  const of = (one: number, hundred: number) => {
    const request = (one - hundred) / (1 - 1 / 100)
    return request / eventsPerRequest + (one - request)
  }
  const { one, hundred } = DOOR_CPU_US
  return { low: of(one.low, hundred.low), high: of(one.high, hundred.high) }
}

function mostOfOneProcess(eventsPerRequest: number): number {
  return (ONE_PROCESS_EVENTS_MAX * cpuAnEvent(100).low) / cpuAnEvent(eventsPerRequest).low
}

/** Two at least, so that one may die. */
function processesFor(cores: Range): Range {
  const needed = (some: number) => Math.max(2, Math.ceil(some / USED_MAX))
  return { low: needed(cores.low), high: needed(cores.high) }
}

function nodesFor(rows: Range, copies: number): Range {
  const nodes = (some: number, threeNodes: number) =>
    Math.max(NODES_LEAST, copies, Math.ceil((some * copies) / (threeNodes * USED_MAX)))
  return { low: nodes(rows.low, THREE_NODES_ROWS.high), high: nodes(rows.high, THREE_NODES_ROWS.low) }
}

function rowsHeld(load: Load): Range {
  const { eventsPerSecond, minutesDays, hoursDays, years } = load
  const parts = [
    { seconds: 60, periods: minutesDays * 1_440 },
    { seconds: HOUR_S, periods: hoursDays * 24 },
    { seconds: DAY_S, periods: years * DAYS_A_YEAR },
  ].map(({ seconds, periods }) => times(distinct(load, eventsPerSecond * seconds), periods))
  return parts.reduce((sum, { low, high }) => ({ low: sum.low + low, high: sum.high + high }))
}

/** How many (video, type) pairs a number of events is about. */
function distinct({ videos, types }: Load, events: number): Range {
  const [low, high] = [distinctByZipf, distinctByUniform].map((of) => types * of(events / types, videos))
  return { low: low!, high: high! }
}

function times({ low, high }: Range, factor: number): Range {
  return { low: low * factor, high: high * factor }
}
