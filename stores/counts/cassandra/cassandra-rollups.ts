// Rollups, the strong audit and the watermark on Cassandra: last write wins by version.
import type { Client } from 'cassandra-driver'
import type { Clock } from '../../../lib/clock.ts'
import { mapBounded } from '../../../lib/map-bounded.ts'
import { hourOf, MINUTE_MS, MINUTES_PER_DAY, type Series, type VideoName } from '../../../model/bucket.ts'
import type { CountRetention } from '../../../model/retention.ts'
import { seriesText } from '../../../model/series-text.ts'
import { type Aggregate, add, EMPTY, writeTimestampMicros } from '../../../model/total.ts'
import type { Period, PeriodRange, VideoScan } from '../counts.ts'
import { firstOf } from '../first-period.ts'
import { quarterPeriods } from '../hour-periods.ts'
import type {
  HourAudit,
  Reconciled,
  RollupReader,
  RollupResolution,
  RollupRow,
  RollupScan,
  RollupWriter,
  StoredRollup,
} from '../rollups.ts'
import type { AdaptiveLimit } from './adaptive-limit.ts'
import { allOf } from './all-of.ts'
import { KnownNotes } from './known-notes.ts'
import { readVideos } from './noted-series.ts'
import { monthOf, periodOf, storableMinute } from './periods.ts'
import {
  INSERT_HOUR,
  INSERT_HOUR_ROLLUP,
  INSERT_PERIOD,
  INSERT_RECONCILED,
  INSERT_ROLLUP,
  SELECT_AUDITED_MONTHS,
  SELECT_FIRST_PERIODS,
  SELECT_FIRST_ROLLUP,
  SELECT_HOURS,
  SELECT_HOURS_OF_SERIES,
  SELECT_PERIODS,
  SELECT_QUARTERS,
  SELECT_RECONCILED,
  SELECT_ROLLUP_TYPES,
  SELECT_ROLLUP_VIDEOS,
  SELECT_ROLLUPS,
  SELECT_STORED_ROLLUPS,
  SELECT_TABLE_ID,
} from './rollup-statements.ts'
import { namesOf, packBatches, type Statement, ttlSeconds } from './row-batches.ts'
import { Store, type StoreLevels, storeLimit } from './store.ts'
import {
  type AggregateColumns,
  aggregateOf,
  bigintValue,
  dateValue,
  intValue,
  type QuarterColumns,
  quartersOf,
  quartersValue,
  timestampValue,
  totalValue,
} from './values.ts'

const KNOWN_PERIODS_MAX = 500_000
/** Partitions that one read asks for at once. */
const PERIODS_AT_ONCE_MAX = 16
/** Series that one statement reads. */
const SERIES_TOGETHER_MAX = 20
/** Statements made at once, so that a large write is not held in memory twice. */
const ROWS_AT_ONCE_MAX = 10_000
/** Days are added up from their hours: hours that are written for a time long ago are kept for this long. */
const WRITTEN_HOURS_KEPT_S = 30 * 86_400
const FOR_EVER = 0
const SCOPE = 'counts'

type RollupColumns = AggregateColumns & { readonly bucket_start: Date }
type HourColumns = RollupColumns & QuarterColumns
type StoredColumns = HourColumns & {
  readonly tenant: string
  readonly video_id: string
  readonly event_type: string
  readonly resolution: RollupResolution
}
type SeriesColumns = RollupColumns & { readonly video_id: string }
type PeriodRow = { readonly period: { readonly date: Date } }

/** All calls fail with a CountsError and are safe to repeat. */
export class CassandraRollups implements RollupWriter, RollupReader, RollupScan, VideoScan {
  readonly #store: Store
  readonly #limit: AdaptiveLimit
  readonly #knownPeriods = new KnownNotes(KNOWN_PERIODS_MAX)
  readonly #nowMs: () => number
  readonly #retention: CountRetention

  constructor(client: Client, clock: Clock, retention: CountRetention, levels?: StoreLevels) {
    this.#store = new Store(client, levels)
    this.#nowMs = () => clock.nowMs()
    this.#limit = storeLimit(this.#nowMs)
    this.#retention = retention
  }

  async writeRollups(resolution: RollupResolution, version: number, rows: readonly RollupRow[]) {
    for (let i = 0; i < rows.length; i += ROWS_AT_ONCE_MAX) {
      await this.#writeRows(resolution, version, rows.slice(i, i + ROWS_AT_ONCE_MAX))
    }
  }

  async writeHours(audits: readonly HourAudit[]): Promise<void> {
    const byMonth = Map.groupBy(audits, ({ hour }) => periodOf('hour', hour))
    const lots = Array.from(byMonth, ([month, ofMonth]) => ({
      place: String(month),
      statements: ofMonth.map((audit) => ({
        query: INSERT_HOUR,
        params: [dateValue(month), timestampValue(audit.hour), jsonText(audit), stampOf(audit)],
      })),
    }))
    await this.#writeAll(packBatches(lots))
  }

  async writeReconciled(reconciled: Reconciled): Promise<void> {
    const params = [Buffer.from(SCOPE), jsonText(reconciled), stampOf(reconciled)]
    await this.#store.write([{ query: INSERT_RECONCILED, params }])
  }

  async readRollups(series: Series, { resolution, from, to }: PeriodRange) {
    if (resolution === 'minute' || from >= to) return { periods: [], stale: false }
    const range = { from, to }
    if (resolution !== 'quarter') {
      const { rows, stale } = await this.#rows<RollupColumns>(SELECT_ROLLUPS, series, resolution, range)
      return { periods: rows.map((row) => ({ start: minuteOfRow(row), aggregate: aggregateOf(row) })), stale }
    }
    const hours = { from: hourOf(from), to }
    const { rows, stale } = await this.#rows<HourColumns>(SELECT_QUARTERS, series, 'hour', hours)
    const periods: Period[] = rows.flatMap((row) =>
      quarterPeriods(minuteOfRow(row), aggregateOf(row), quartersOf(row), range),
    )
    return { periods, stale }
  }

  async addUpDay(day: number, series: readonly Series[]): Promise<readonly Aggregate[]> {
    const sums = new Map<string, Aggregate>()
    const lots = seriesTogether(series, (one) => this.#store.placeOf(hourKeyOf(one, day)))
    const reads = lots.map((lot) => this.#limit.run(() => this.#addUp(day, lot, sums)))
    await allOf(reads)
    return series.map((one) => sums.get(seriesText(one)) ?? EMPTY)
  }

  /** @param lot of one tenant and type */
  async #addUp(day: number, lot: readonly Series[], sums: Map<string, Aggregate>): Promise<void> {
    const [first] = lot as [Series]
    const near = hourKeyOf(first, day)
    const [tenant, , type, ...rest] = near
    const ids = lot.map(({ videoId }) => videoId)
    const range = [timestampValue(day), timestampValue(day + MINUTES_PER_DAY)]
    const params = [tenant, ids, type, ...rest, ...range]
    for (const row of await this.#store.read<SeriesColumns>(SELECT_HOURS_OF_SERIES, params, near)) {
      const name = seriesText({ ...first, videoId: row.video_id })
      sums.set(name, add(sums.get(name) ?? EMPTY, aggregateOf(row)))
    }
  }

  async firstRollup(series: Series): Promise<number | null> {
    const oldestHour = Math.floor((this.#nowMs() - this.#retention.hoursMs) / MINUTE_MS)
    return firstOf(await this.#first('hour', series, oldestHour), await this.#first('day', series, 0))
  }

  async rollupTypes(tenant: string, videoId: string): Promise<readonly string[]> {
    const { rows } = await this.#store.query<{ event_type: string }>(SELECT_ROLLUP_TYPES, [tenant, videoId])
    return rows.map(({ event_type }) => event_type)
  }

  videos(): AsyncIterable<readonly VideoName[]> {
    return readVideos(this.#store, SELECT_ROLLUP_VIDEOS)
  }

  async *stored(): AsyncGenerator<readonly StoredRollup[]> {
    for await (const rows of this.#store.readPages<StoredColumns>(SELECT_STORED_ROLLUPS))
      yield rows.map(storedOf)
  }

  async readReconciled(): Promise<Reconciled | null> {
    const [row] = await this.#store.read<{ reconciled: string }>(SELECT_RECONCILED, [SCOPE])
    return row === undefined ? null : JSON.parse(row.reconciled)
  }

  async tables(): Promise<string> {
    const [table] = await this.#store.read<{ id: object }>(SELECT_TABLE_ID, [this.#store.keyspace])
    return String(table?.id)
  }

  async readHours(from: number, to: number): Promise<readonly HourAudit[]> {
    const [first, end] = [storableMinute(from), storableMinute(to)]
    if (first >= end) return []
    const rows = await this.#store.read<{ month: PeriodRow['period'] }>(SELECT_AUDITED_MONTHS, [])
    const months = rows.map(({ month }) => dayNumber(month))
    const asked = months.filter(
      (month) => month >= monthOf(first * MINUTE_MS) && month * MINUTES_PER_DAY < end,
    )
    const answers = await mapBounded(
      asked.sort((a, b) => a - b),
      PERIODS_AT_ONCE_MAX,
      (month) => {
        const params = [dateValue(month), timestampValue(first), timestampValue(end)]
        return this.#store.read<{ audit: string }>(SELECT_HOURS, params)
      },
    )
    return answers.flat().map(({ audit }) => JSON.parse(audit))
  }

  /** Of [from, to) minutes, a partition at a time. */
  async #rows<Row>(
    query: string,
    series: Series,
    resolution: RollupResolution,
    { from, to }: Pick<PeriodRange, 'from' | 'to'>,
  ): Promise<{ rows: Row[]; stale: boolean }> {
    const names = [...namesOf(series), Buffer.from(resolution)]
    const [first, last] = [periodOf(resolution, from), periodOf(resolution, to - 1)]
    const { periods, stale } =
      first === last
        ? { periods: [first], stale: false }
        : await this.#periods([...names, dateValue(first), dateValue(last)])
    const answers = await mapBounded(periods, PERIODS_AT_ONCE_MAX, (period) => {
      const params = [...names, dateValue(period), timestampValue(from), timestampValue(to)]
      return this.#store.query<Row>(query, params)
    })
    return {
      rows: answers.flatMap((answer) => answer.rows),
      stale: stale || answers.some((answer) => answer.stale),
    }
  }

  async #periods(params: readonly Buffer[]): Promise<{ periods: number[]; stale: boolean }> {
    const { rows, stale } = await this.#store.query<PeriodRow>(SELECT_PERIODS, params)
    return { periods: rows.map(periodOfRow), stale }
  }

  async #writeRows(resolution: RollupResolution, version: number, rows: readonly RollupRow[]): Promise<void> {
    const partitions = new Map<string, { key: Buffer[]; period: number; statements: Statement[] }>()
    for (const { series, start, aggregate, quarters } of rows) {
      const period = periodOf(resolution, start)
      const name = [resolution, period, series.type, series.tenant, series.videoId].join('\0')
      const { key, statements } = partitions.getOrInsertComputed(name, () => ({
        key: [...namesOf(series), Buffer.from(resolution), dateValue(period)],
        period,
        statements: [],
      }))
      const params = [
        ...key,
        timestampValue(start),
        totalValue({ ...aggregate, upTo: version }),
        ...(quarters === undefined ? [] : [quartersValue(quarters, version)]),
        bigintValue(writeTimestampMicros(start, version)),
        intValue(resolution === 'hour' ? this.#hourTtl(start) : FOR_EVER),
      ]
      statements.push({ query: quarters === undefined ? INSERT_ROLLUP : INSERT_HOUR_ROLLUP, params })
    }
    const unknown = Array.from(partitions).filter(([name]) => !this.#knownPeriods.has(name))
    const notes = unknown.map(([, { key, period }]) => ({
      place: this.#store.placeOf(key.slice(0, 2)),
      statements: [
        {
          query: INSERT_PERIOD,
          params: [...key, bigintValue(writeTimestampMicros(period * MINUTES_PER_DAY, 0))],
        },
      ],
    }))
    await this.#writeAll(packBatches(notes))
    for (const [name] of unknown) this.#knownPeriods.add(name)
    const lots = Array.from(partitions.values(), ({ key, statements }) => ({
      place: this.#store.placeOf(key),
      statements,
    }))
    await this.#writeAll(packBatches(lots))
  }

  async #writeAll(batches: readonly (readonly Statement[])[]): Promise<void> {
    const writes = batches.map((batch) => this.#limit.run(() => this.#store.write(batch)))
    await allOf(writes)
  }

  #hourTtl(start: number): number {
    return Math.max(ttlSeconds(start, this.#nowMs(), this.#retention.hoursMs), WRITTEN_HOURS_KEPT_S)
  }

  /** Of all periods from the given one on, only the first can have lost rows by expiry. */
  async #first(resolution: RollupResolution, series: Series, fromMinute: number): Promise<number | null> {
    const names = [...namesOf(series), Buffer.from(resolution)]
    const from = dateValue(periodOf(resolution, fromMinute))
    const { rows } = await this.#store.query<PeriodRow>(SELECT_FIRST_PERIODS, [...names, from])
    for (const row of rows) {
      const params = [...names, dateValue(periodOfRow(row))]
      const [first] = (await this.#store.query<RollupColumns>(SELECT_FIRST_ROLLUP, params)).rows
      if (first !== undefined) return minuteOfRow(first)
    }
    return null
  }
}

/** The partition of a series' hours that holds a day. */
function hourKeyOf(series: Series, day: number): Buffer[] {
  return [...namesOf(series), Buffer.from('hour'), dateValue(periodOf('hour', day))]
}

/** Series of one tenant, type and place, so that one statement reads them. */
function seriesTogether(series: readonly Series[], placeOf: (one: Series) => string): Series[][] {
  const nameOf = (one: Series) => [one.tenant, one.type, placeOf(one)].join('\0')
  return Array.from(Map.groupBy(series, nameOf).values()).flatMap((some) => {
    const lots = Math.ceil(some.length / SERIES_TOGETHER_MAX)
    return Array.from({ length: lots }, (_, i) => {
      return some.slice(i * SERIES_TOGETHER_MAX, (i + 1) * SERIES_TOGETHER_MAX)
    })
  })
}

function periodOfRow({ period }: PeriodRow): number {
  return dayNumber(period)
}

function dayNumber({ date }: PeriodRow['period']): number {
  return date.getTime() / (MINUTES_PER_DAY * MINUTE_MS)
}

function storedOf(row: StoredColumns): StoredRollup {
  const { tenant, video_id: videoId, event_type: type, resolution, up_to } = row
  const quarters = quartersOf(row)
  return {
    ...{ series: { tenant, videoId, type }, resolution, start: minuteOfRow(row) },
    ...{ version: Number(up_to), aggregate: aggregateOf(row) },
    ...(quarters !== null && { quarters }),
  }
}

function minuteOfRow({ bucket_start }: RollupColumns): number {
  return bucket_start.getTime() / MINUTE_MS
}

function stampOf({ version }: { readonly version: number }): Buffer {
  return bigintValue(BigInt(version))
}

function jsonText(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
