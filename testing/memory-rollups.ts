// Rollups in memory: the reference form, for tests and simulations.
import { MINUTES_PER_DAY, type Series, type VideoName } from '../model/bucket.ts'
import type { Quarters } from '../model/quarters.ts'
import { parseSeriesText, SEPARATOR, seriesText } from '../model/series-text.ts'
import { type Aggregate, sumOf } from '../model/total.ts'
import type { Period, PeriodRange, VideoScan } from '../stores/counts/counts.ts'
import { firstOf } from '../stores/counts/first-period.ts'
import { quarterPeriods } from '../stores/counts/hour-periods.ts'
import type {
  HourAudit,
  Reconciled,
  RollupReader,
  RollupResolution,
  RollupRow,
  RollupScan,
  RollupWriter,
  StoredRollup,
} from '../stores/counts/rollups.ts'
import { videosOf } from './memory-counts.ts'

type Versioned = {
  readonly version: number
  readonly aggregate: Aggregate
  readonly quarters: Quarters | null
}
type Table = Map<string, Map<number, Versioned>>

export class MemoryRollups implements RollupWriter, RollupReader, RollupScan, VideoScan {
  /** By series, then by start. */
  readonly #tables: Readonly<Record<RollupResolution, Table>> = { hour: new Map(), day: new Map() }
  readonly #hours = new Map<number, HourAudit>()
  #reconciled: Reconciled | null = null
  /** The answer of `tables`. */
  madeAs: string | null = null

  /** The state of the latest write. */
  get reconciled(): Reconciled | null {
    return this.#reconciled
  }

  async writeRollups(resolution: RollupResolution, version: number, rows: readonly RollupRow[]) {
    const table = this.#tables[resolution]
    for (const { series, start, aggregate, quarters = null } of rows) {
      const held = table.getOrInsertComputed(seriesText(series), () => new Map())
      if (version > (held.get(start)?.version ?? -1)) held.set(start, { version, aggregate, quarters })
    }
  }

  async writeHours(audits: readonly HourAudit[]): Promise<void> {
    for (const audit of audits) {
      if (audit.version > (this.#hours.get(audit.hour)?.version ?? -1)) this.#hours.set(audit.hour, audit)
    }
  }

  async writeReconciled(reconciled: Reconciled): Promise<void> {
    if (reconciled.version > (this.#reconciled?.version ?? -1)) this.#reconciled = reconciled
  }

  async readRollups(series: Series, { resolution, from, to }: PeriodRange) {
    const range = { from, to }
    const table = resolution === 'day' ? this.#tables.day : this.#tables.hour
    const rows = resolution === 'minute' ? [] : Array.from(table.get(seriesText(series)) ?? [])
    const periods: Period[] = rows.flatMap(([start, { aggregate, quarters }]) => {
      if (resolution === 'quarter') return quarterPeriods(start, aggregate, quarters, range)
      return start >= from && start < to ? [{ start, aggregate }] : []
    })
    return { periods: periods.sort((a, b) => a.start - b.start), stale: false }
  }

  async addUpDay(day: number, series: readonly Series[]): Promise<readonly Aggregate[]> {
    const range = { resolution: 'hour', from: day, to: day + MINUTES_PER_DAY } as const
    const days = await Promise.all(series.map((one) => this.readRollups(one, range)))
    return days.map(({ periods }) => sumOf(periods.map(({ aggregate }) => aggregate)))
  }

  async firstRollup(series: Series): Promise<number | null> {
    const [hour, day] = (['hour', 'day'] as const).map(
      (resolution) => this.#tables[resolution].get(seriesText(series))?.keys().reduce(least) ?? null,
    ) as [number | null, number | null]
    return firstOf(hour, day)
  }

  async rollupTypes(tenant: string, videoId: string): Promise<readonly string[]> {
    const prefix = seriesText({ tenant, videoId, type: '' })
    const keys = [...this.#tables.hour.keys(), ...this.#tables.day.keys()]
    const types = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
    return Array.from(new Set(types)).sort()
  }

  async *videos(): AsyncGenerator<readonly VideoName[]> {
    yield videosOf([...this.#tables.hour.keys(), ...this.#tables.day.keys()], SEPARATOR)
  }

  async *stored(): AsyncGenerator<readonly StoredRollup[]> {
    for (const resolution of ['hour', 'day'] as const) {
      for (const [text, held] of this.#tables[resolution]) {
        const series = parseSeriesText(text)!
        yield Array.from(held, ([start, { quarters, ...rest }]) => {
          return { resolution, series, start, ...rest, ...(quarters !== null && { quarters }) }
        })
      }
    }
  }

  async tables(): Promise<string | null> {
    return this.madeAs
  }

  async readReconciled(): Promise<Reconciled | null> {
    return this.#reconciled
  }

  async readHours(from: number, to: number): Promise<readonly HourAudit[]> {
    const audits = Array.from(this.#hours.values()).filter(({ hour }) => hour >= from && hour < to)
    return audits.sort((a, b) => a.hour - b.hour)
  }
}

function least(a: number, b: number): number {
  return Math.min(a, b)
}
