// Rollups, the strong audit and the watermark in one process, in the database of the counts.
import { dayOf, hourOf, MINUTES_PER_DAY, type Series, type VideoName } from '../../../model/bucket.ts'
import { type Kept, keptOfBoth } from '../../../model/retention.ts'
import { type Aggregate, sumOf } from '../../../model/total.ts'
import { jsonValue, parseJsonText } from '../../disk/checked-value.ts'
import type { Operation } from '../../disk/level-database.ts'
import type { Period, PeriodRange, VideoScan } from '../counts.ts'
import { firstOf } from '../first-period.ts'
import { quarterPeriods } from '../hour-periods.ts'
import type {
  HourAudit,
  Reconciled,
  RollupReader,
  RollupResolution,
  RollupRow,
  RollupWriter,
} from '../rollups.ts'
import type { KeyRange } from './rows.ts'
import {
  auditKey,
  EARLIEST,
  keyRange,
  parseAggregate,
  parseHourRollup,
  parseTotal,
  periodKey,
  RECONCILED_KEY,
  type SeriesPeriod,
  SWEPT_KEY,
  seriesKey,
  startOf,
  type Table,
  tableRange,
  totalValue,
  videoKey,
} from './rows.ts'
import type { SharedDatabase } from './shared-database.ts'

/** Rows that are written in one batch. */
const BATCH_ROWS_MAX = 2_000
const TABLES: Readonly<Record<RollupResolution, Table>> = { hour: 'hour-rollup', day: 'day-rollup' }

const NOTHING_SWEPT: Kept = { minutesFrom: EARLIEST, hoursFrom: EARLIEST }

type Versioned = { readonly version: number }

/** All calls fail with a DataDirectoryError. */
export class EmbeddedRollups implements RollupWriter, RollupReader, VideoScan {
  readonly #database: SharedDatabase
  #reconciled: Reconciled | null = null
  #swept = NOTHING_SWEPT

  constructor(database: SharedDatabase) {
    this.#database = database
    database.onHealed(() => this.load())
  }

  /** The answer of `readReconciled`, without waiting. */
  get reconciled(): Reconciled | null {
    return this.#reconciled
  }

  /**
   * What sweeps may have left: what is older is not to be asked for any more, whatever retention is set now, and
   * whatever the clock says.
   */
  get swept(): Kept {
    return this.#swept
  }

  /** To be called before anything is removed that is older. */
  noteSwept(kept: Kept): Promise<void> {
    return this.#database.change(async () => {
      const swept = keptOfBoth(this.#swept, kept)
      if (swept.minutesFrom === this.#swept.minutesFrom && swept.hoursFrom === this.#swept.hoursFrom) return
      await this.#database.write([put(SWEPT_KEY, jsonValue(SWEPT_KEY, swept))])
      this.#swept = swept
    })
  }

  /** Reads from disk what is held in memory. */
  async load(): Promise<void> {
    this.#reconciled = await this.#readJson<Reconciled>(RECONCILED_KEY)
    this.#swept = (await this.#readJson<Kept>(SWEPT_KEY)) ?? NOTHING_SWEPT
  }

  async writeRollups(resolution: RollupResolution, version: number, rows: readonly RollupRow[]) {
    for (let i = 0; i < rows.length; i += BATCH_ROWS_MAX) {
      const batch = rows.slice(i, i + BATCH_ROWS_MAX)
      await this.#database.change(() => this.#writeBatch(resolution, version, batch))
    }
  }

  async writeHours(audits: readonly HourAudit[]): Promise<void> {
    await this.#database.change(async () => {
      const newest = new Map<string, HourAudit>()
      for (const audit of audits) {
        const key = auditKey(audit.hour)
        if (isNewer(audit, newest.get(key) ?? (await this.#readJson<HourAudit>(key)))) newest.set(key, audit)
      }
      await this.#database.write(Array.from(newest, ([key, audit]) => put(key, jsonValue(key, audit))))
    })
  }

  async writeReconciled(reconciled: Reconciled): Promise<void> {
    await this.#database.change(async () => {
      if (!isNewer(reconciled, this.#reconciled)) return
      await this.#database.write([put(RECONCILED_KEY, jsonValue(RECONCILED_KEY, reconciled))])
      this.#reconciled = reconciled
    })
  }

  async readRollups(series: Series, { resolution, from, to }: PeriodRange) {
    const periods: Period[] = []
    if (resolution === 'minute') return { periods, stale: false }
    const inHours = resolution === 'quarter'
    const table = TABLES[inHours ? 'hour' : resolution]
    const prefixLength = seriesKey(table, series).length
    const range = keyRange(table, series, inHours ? hourOf(from) : from, to)
    for await (const entries of this.#database.entries(range)) {
      for (const [key, value] of entries) {
        const start = startOf(key, prefixLength)
        if (inHours) periods.push(...this.#quarters(start, key, value, from, to))
        else periods.push({ start, aggregate: this.#database.checked(key, value, parseAggregate) })
      }
    }
    return { periods, stale: false }
  }

  #quarters(hour: number, key: string, value: Uint8Array, from: number, to: number): Period[] {
    const { quarters = null, ...aggregate } = this.#database.checked(key, value, parseHourRollup)
    return quarterPeriods(hour, aggregate, quarters, { from, to })
  }

  async addUpDay(day: number, series: readonly Series[]): Promise<readonly Aggregate[]> {
    const range = { resolution: 'hour', from: day, to: day + MINUTES_PER_DAY } as const
    const sums: Aggregate[] = []
    for (const one of series) {
      const { periods } = await this.readRollups(one, range)
      sums.push(sumOf(periods.map(({ aggregate }) => aggregate)))
    }
    return sums
  }

  async firstRollup(series: Series): Promise<number | null> {
    return firstOf(await this.#first('hour-rollup', series), await this.#first('day-rollup', series))
  }

  async rollupTypes(tenant: string, videoId: string): Promise<readonly string[]> {
    const types = new Set<string>()
    for (const table of Object.values(TABLES)) {
      for await (const type of this.#types(table, tenant, videoId)) types.add(type)
    }
    return Array.from(types).sort()
  }

  /** Every hour belongs to a day. */
  videos(): AsyncIterable<readonly VideoName[]> {
    const past = ({ tenant, videoId }: VideoName) => `${videoKey('day-rollup', tenant, videoId)}~`
    return this.#database.videos(tableRange('day-rollup'), past)
  }

  async tables(): Promise<null> {
    return null
  }

  async readReconciled(): Promise<Reconciled | null> {
    return this.#reconciled
  }

  async readHours(from: number, to: number): Promise<readonly HourAudit[]> {
    const audits: HourAudit[] = []
    for await (const entries of this.#database.entries({ gte: auditKey(from), lt: auditKey(to) })) {
      for (const [key, value] of entries) audits.push(JSON.parse(this.#json(key, value)))
    }
    return audits
  }

  /** The hours that have a row of their own, or whose day has one. */
  async rolledUp(hours: readonly SeriesPeriod[]): Promise<SeriesPeriod[]> {
    const keysOf = ({ series, start }: SeriesPeriod) => [
      periodKey('hour-rollup', series, start),
      periodKey('day-rollup', series, dayOf(start)),
    ]
    const rows = await this.#database.getMany(hours.flatMap(keysOf))
    return hours.filter((_, i) => rows[2 * i] !== undefined || rows[2 * i + 1] !== undefined)
  }

  /** Removes the hours for which `mayGo` still returns true when their turn comes. Returns how many. */
  removeHours(hours: readonly SeriesPeriod[], mayGo: (hour: number) => boolean): Promise<number> {
    return this.#database.change(async () => {
      const going = hours.filter(({ start }) => mayGo(start))
      const keys = going.map(({ series, start }) => periodKey('hour-rollup', series, start))
      await this.#database.write(keys.map((key) => ({ type: 'del', key })))
      return going.length
    })
  }

  async #writeBatch(resolution: RollupResolution, version: number, rows: readonly RollupRow[]) {
    const table = TABLES[resolution]
    const keys = rows.map(({ series, start }) => periodKey(table, series, start))
    const stored = await this.#database.getMany(keys)
    const operations = rows.flatMap(({ aggregate, quarters }, i): Operation[] => {
      const [key, old] = [keys[i]!, stored[i]]
      const held = old === undefined ? -1 : this.#database.checked(key, old, parseTotal).upTo
      return version > held ? [put(key, totalValue(key, { ...aggregate, upTo: version }, quarters))] : []
    })
    await this.#database.write(operations)
  }

  async #first(table: Table, series: Series): Promise<number | null> {
    const key = await this.#database.firstKey(keyRange(table, series))
    return key === null ? null : startOf(key, seriesKey(table, series).length)
  }

  /** One seek for each type: to the first key after all keys of the previous type. */
  async *#types(table: Table, tenant: string, videoId: string): AsyncGenerator<string> {
    const all = videoKey(table, tenant, videoId)
    const range: KeyRange = { gte: all, lt: `${all}~` }
    let key = await this.#database.firstKey(range)
    while (key !== null) {
      const type = key.slice(all.length, key.indexOf('\u0000', all.length))
      yield type
      key = await this.#database.firstKey({ ...range, gte: keyRange(table, { tenant, videoId, type }).lt })
    }
  }

  async #readJson<T>(key: string): Promise<T | null> {
    const [value] = await this.#database.getMany([key])
    return value === undefined ? null : JSON.parse(this.#json(key, value))
  }

  #json(key: string, value: Uint8Array): string {
    return this.#database.checked(key, value, parseJsonText)
  }
}

function isNewer(one: Versioned, than: Versioned | null): boolean {
  return than === null || one.version > than.version
}

function put(key: string, value: Uint8Array): Operation {
  return { type: 'put', key, value }
}
