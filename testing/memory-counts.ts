// The counts in memory: the reference form, for tests and simulations. It adds up minute rows at each read.

import { type Bucket, hourOf, type Series, type VideoName } from '../model/bucket.ts'
import { compareSeries } from '../model/series-order.ts'
import { ALL_SERIES, isInRange } from '../model/series-range.ts'
import { type Aggregate, add, EMPTY, type Total } from '../model/total.ts'
import {
  type Checkpoint,
  type CountAudit,
  type CountReader,
  type CountRow,
  type CountWriter,
  type HeldMinute,
  PERIOD_MINUTES,
  type Period,
  type PeriodRange,
  type RefusedRow,
  type VideoScan,
} from '../stores/counts/counts.ts'
import { HeldMinutes } from '../stores/counts/held-minutes.ts'

type SourceTotals = Map<string, Total>

export class MemoryCounts implements CountWriter, CountReader, CountAudit, VideoScan {
  /** tenant, video, type → minute → source → total. */
  readonly #series = new Map<string, Map<number, SourceTotals>>()
  readonly #checkpoints = new Map<string, Checkpoint>()

  async write(sourceId: string, rows: readonly CountRow[]): Promise<readonly RefusedRow[]> {
    for (const { bucket, total } of rows) {
      const totals = this.#totalsOf(bucket)
      const old = totals.get(sourceId)
      if (old === undefined || total.upTo > old.upTo) totals.set(sourceId, total)
    }
    return []
  }

  async hydrate(sourceId: string, buckets: readonly Bucket[]): Promise<readonly (Total | null)[]> {
    return buckets.map(
      (bucket) => this.#series.get(seriesKey(bucket))?.get(bucket.minute)?.get(sourceId) ?? null,
    )
  }

  async readCheckpoint(sourceId: string): Promise<Checkpoint | null> {
    return this.#checkpoints.get(sourceId) ?? null
  }

  async writeCheckpoint(sourceId: string, checkpoint: Checkpoint): Promise<void> {
    const old = this.#checkpoints.get(sourceId)
    if (old === undefined || checkpoint.offset >= old.offset) this.#checkpoints.set(sourceId, checkpoint)
  }

  /** The checkpoints of all sources, for the audit's ledger. */
  async checkpoints(): Promise<ReadonlyMap<string, Checkpoint>> {
    return new Map(this.#checkpoints)
  }

  async read(series: Series, range: PeriodRange): Promise<{ periods: readonly Period[]; stale: boolean }> {
    return { periods: this.#sums(series, range), stale: false }
  }

  async heldMinutes(series: Series, from: number, to: number): Promise<readonly HeldMinute[]> {
    const held = new HeldMinutes()
    for (const [minute, totals] of this.#series.get(seriesKey(series)) ?? []) {
      if (minute < from || minute >= to) continue
      for (const [sourceId, total] of totals) held.add(minute, sourceId, total)
    }
    return held.list()
  }

  async writtenHours(from: number, to: number): Promise<readonly number[]> {
    const minutes = this.#series.values().flatMap((held) => held.keys())
    const hours = new Set(minutes.map(hourOf))
    return Array.from(hours)
      .filter((hour) => hour >= from && hour < to)
      .sort((a, b) => a - b)
  }

  async *writtenSeries(hour: number, range = ALL_SERIES): AsyncGenerator<readonly Series[]> {
    const series = Array.from(this.#series, ([key, minutes]) => {
      return minutes.keys().some((minute) => hourOf(minute) === hour) ? [parseSeriesKey(key)] : []
    })
    const asked = series.flat().filter((one) => isInRange(range, one))
    yield asked.sort(compareSeries)
  }

  async types(tenant: string, videoId: string): Promise<readonly string[]> {
    const prefix = seriesKey({ tenant, videoId, type: '' })
    const keys = Array.from(this.#series.keys()).filter((key) => key.startsWith(prefix))
    return keys.map((key) => key.slice(prefix.length)).sort()
  }

  async *videos(): AsyncGenerator<readonly VideoName[]> {
    yield videosOf(this.#series.keys(), '\u0000')
  }

  async firstMinute(series: Series): Promise<number | null> {
    const minutes = this.#series.get(seriesKey(series))
    return minutes?.keys().reduce((first, minute) => Math.min(first, minute)) ?? null
  }

  #sums(series: Series, range: PeriodRange): Period[] {
    const minutes = this.#series.get(seriesKey(series)) ?? new Map<number, SourceTotals>()
    const length = PERIOD_MINUTES[range.resolution]
    const sums = new Map<number, Aggregate>()
    for (const [minute, totals] of minutes) {
      if (minute < range.from || minute >= range.to) continue
      const start = Math.floor(minute / length) * length
      for (const total of totals.values()) sums.set(start, add(sums.get(start) ?? EMPTY, total))
    }
    const periods = Array.from(sums, ([start, aggregate]) => ({ start, aggregate }))
    return periods.sort((a, b) => a.start - b.start)
  }

  #totalsOf(bucket: Bucket): SourceTotals {
    const key = seriesKey(bucket)
    const minutes = this.#series.get(key) ?? new Map<number, SourceTotals>()
    this.#series.set(key, minutes)
    const totals = minutes.get(bucket.minute) ?? new Map<string, Total>()
    minutes.set(bucket.minute, totals)
    return totals
  }
}

/** The videos in keys that consist of tenant, video and more. */
export function videosOf(keys: Iterable<string>, separator: string): VideoName[] {
  const names = new Map<string, VideoName>()
  for (const key of keys) {
    const [tenant, videoId] = key.split(separator) as [string, string]
    names.set(tenant + separator + videoId, { tenant, videoId })
  }
  return Array.from(names.values())
}

/** Ids hold no control characters, so the separators cannot occur in them. */
function seriesKey({ tenant, videoId, type }: Series): string {
  return `${tenant}\u0000${videoId}\u0000${type}`
}

function parseSeriesKey(key: string): Series {
  const [tenant, videoId, type] = key.split('\u0000') as [string, string, string]
  return { tenant, videoId, type }
}
