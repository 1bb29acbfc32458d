// The archive in memory: the reference form, for tests and simulations. It reads every event at each call, and counts
// as the port defines.
import { createHash } from 'node:crypto'
import {
  type Bucket,
  dayOf,
  MINUTES_PER_DAY,
  MINUTES_PER_HOUR,
  minuteOf,
  type VideoName,
} from '../model/bucket.ts'
import { compareSeries } from '../model/series-order.ts'
import { ALL_SERIES, isInRange, keysThatCut } from '../model/series-range.ts'
import { seriesText } from '../model/series-text.ts'
import { add, EMPTY, sumOf } from '../model/total.ts'
import { type HourSketch, sketchesOf } from '../model/viewer-sketches.ts'
import type {
  Archive,
  ArchiveCheckpoint,
  ArchiveKeeper,
  Holding,
  RawBatch,
  RawEvent,
  Recount,
  RecountedBucket,
  RecountQuestion,
  Unreadable,
} from '../stores/archive/archive.ts'
import type {
  Breakdown,
  BreakdownQuestion,
  BreakdownReader,
  CountedMinutes,
  CountedPeriods,
  DimensionKeeper,
  EventScope,
  HoursToRollUp,
  PeriodsQuestion,
  RolledUp,
  ScopeQuestion,
} from '../stores/archive/breakdowns.ts'
import { checkSource, hourOfEvent } from '../stores/archive/raw-batch.ts'
import {
  aggregateOf,
  bounded,
  brokenDown,
  countedPeriods,
  hides,
  isInScope,
  keptOf,
  type Value,
  valueIn,
  valuesOf,
} from './memory-breakdowns.ts'
import { chosenOf, isCounted, isOnTime, type Row } from './memory-copies.ts'

/** The counterpart of a file: rows of one hour that were stored together. */
type Lot = { readonly rows: readonly Row[]; readonly archivedMs: number; readonly stamp: number }

/** The rough size of one row in other forms. */
const ROW_BYTES = 40

export class MemoryArchive
  implements Archive, Omit<ArchiveKeeper, 'exportRaw'>, BreakdownReader, DimensionKeeper
{
  readonly #nowMs: () => number
  /** Hour → name → lot. */
  readonly #hours = new Map<number, Map<string, Lot>>()
  readonly #checkpoints = new Map<string, ArchiveCheckpoint>()
  /** Attribute → hour → values. */
  readonly #rolledUp = new Map<string, Map<number, Value[]>>()
  /** Attribute → hour → the mark of what was rolled up. */
  readonly #rolledUpFrom = new Map<string, Map<number, string>>()
  #stamps = 0

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  async store({ sourceId, origin, fromOffset, toOffset, events }: RawBatch): Promise<void> {
    checkSource(sourceId)
    const rows = events.map((event) => ({ event, origin, source: sourceId }))
    for (const [hour, some] of Map.groupBy(rows, ({ event }) => hourOfEvent(event))) {
      this.#keep(hour, `${sourceId}.${fromOffset}-${toOffset}`, some)
    }
  }

  async readCheckpoint(sourceId: string): Promise<ArchiveCheckpoint | null> {
    checkSource(sourceId)
    return this.#checkpoints.get(sourceId) ?? null
  }

  async writeCheckpoint(sourceId: string, checkpoint: ArchiveCheckpoint): Promise<void> {
    checkSource(sourceId)
    this.#checkpoints.set(sourceId, checkpoint)
  }

  async checkpoints(): Promise<ReadonlyMap<string, ArchiveCheckpoint>> {
    return new Map(this.#checkpoints)
  }

  async holdings(): Promise<readonly Holding[]> {
    const holdings = Array.from(this.#hours, ([hour, lots]) => {
      const all = Array.from(lots.values())
      const late = all.filter(({ rows }) => rows.some((row) => !isCounted(row)))
      return {
        hour,
        mark: markOf(all),
        lateMark: late.length === 0 ? null : markOf(late),
        bytes: all.reduce((sum, { rows }) => sum + rows.length * ROW_BYTES, 0),
        archivedMs: Math.max(...all.map(({ archivedMs }) => archivedMs)),
        lateArchivedMs: Math.max(0, ...late.map(({ archivedMs }) => archivedMs)),
      }
    })
    return holdings.sort((a, b) => a.hour - b.hour)
  }

  async recount(question: RecountQuestion): Promise<Recount> {
    return { buckets: this.#recounted(question), unreadable: [] }
  }

  async unreadable(): Promise<readonly Unreadable[]> {
    return []
  }

  async cuts(hours: readonly number[], parts: number): Promise<readonly VideoName[]> {
    const lots = hours.flatMap((hour) => this.#lotsOf(hour))
    const videos = lots.flatMap(({ rows }) =>
      rows.map(({ event: { tenant, videoId } }) => ({ tenant, videoId })),
    )
    return keysThatCut(videos, parts)
  }

  async compact(beforeMinute: number): Promise<{ files: number; into: number }> {
    const result = { files: 0, into: 0 }
    for (const [hour, lots] of this.#hours) {
      if (hour >= beforeMinute || lots.size < 2) continue
      const rows = Array.from(lots.values()).flatMap((lot) => lot.rows)
      const distinct = new Map(
        rows.map((row) => [JSON.stringify([row.source, row.event.offset, row.event.index]), row]),
      )
      result.files += lots.size
      result.into++
      lots.clear()
      this.#keep(hour, `compacted.${this.#stamps}`, Array.from(distinct.values()))
    }
    return result
  }

  async purge(hours: readonly number[]): Promise<void> {
    for (const hour of hours) this.#hours.delete(hour)
  }

  async forgetViewer(tenant: string, viewerSha256: string): Promise<number> {
    const names = ({ event }: Row) =>
      event.tenant === tenant && event.viewerId !== null && sha256(event.viewerId) === viewerSha256
    const { rows } = this.#rewrite(names, (row) => [{ ...row, event: { ...row.event, viewerId: null } }])
    return rows
  }

  async *viewers(hour: number): AsyncGenerator<readonly HourSketch[]> {
    const lots = this.#lotsOf(hour)
    yield sketchesOf(lots.flatMap(({ rows }) => rows.map(({ event }) => event)))
  }

  async removeVideo(
    tenant: string,
    videoId: string,
    beforeMinute: number,
  ): Promise<{ events: number; hours: readonly number[] }> {
    const { rows, hours } = this.#rewrite(
      ({ event }) =>
        event.tenant === tenant && event.videoId === videoId && minuteOf(event.timeMs) < beforeMinute,
      () => [],
    )
    for (const ofAll of this.#rolledUp.values()) {
      for (const [hour, values] of ofAll) {
        if (hour + MINUTES_PER_HOUR > beforeMinute) continue
        const stay = ({ series }: Value) => series.tenant !== tenant || series.videoId !== videoId
        ofAll.set(hour, values.filter(stay))
      }
    }
    return { events: rows, hours }
  }

  async breakdown(question: BreakdownQuestion, signal: AbortSignal): Promise<Breakdown> {
    signal.throwIfAborted()
    const { by, ofVideos = false, rolledUpHours, settledHours = [], scope } = question
    const hours = [...rolledUpHours, ...settledHours]
    const events = this.#rawBeside(question, hours)
    const raw = ofVideos ? events.flatMap((event) => valuesOf([event], by)) : valuesOf(events, by)
    const { kept, unreadableHours } = keptOf(this.#rolledUp, scope, { by: by ?? '', hours })
    return { ...brokenDown([...raw, ...kept], question), unreadableHours }
  }

  async periods(question: PeriodsQuestion, signal: AbortSignal): Promise<CountedPeriods> {
    signal.throwIfAborted()
    const { rowsOf, rolledUp, settledHours = [], scope } = question
    const by = typeof rowsOf === 'string' ? null : rowsOf.attribute
    const hours = [...rolledUp.hours, ...settledHours]
    const raw = this.#rawBeside(question, hours).flatMap((event) => valuesOf([event], by))
    const { kept, unreadableHours } = keptOf(this.#rolledUp, scope, { by: rolledUp.by, hours })
    return { ...countedPeriods([...raw, ...kept], question), unreadableHours }
  }

  async hidingHours(scope: EventScope, { by, hours }: RolledUp): Promise<readonly number[]> {
    const ofAll = this.#rolledUp.get(by)
    return hours.filter((hour) => hides(ofAll?.get(hour) ?? [], scope, by))
  }

  async minutes(question: ScopeQuestion, signal: AbortSignal): Promise<CountedMinutes> {
    signal.throwIfAborted()
    const byMinute = Map.groupBy(this.#asked(question), ({ timeMs }) => minuteOf(timeMs))
    const minutes = Array.from(byMinute, ([minute, some]) => ({
      minute,
      aggregate: sumOf(some.map(aggregateOf)),
    }))
    return { minutes: minutes.sort((a, b) => a.minute - b.minute), unreadableHours: [] }
  }

  #rawBeside(question: ScopeQuestion, rolledUpHours: readonly number[]): RawEvent[] {
    return this.#asked(question).filter((event) => !rolledUpHours.includes(hourOfEvent(event)))
  }

  #asked(question: ScopeQuestion): readonly RawEvent[] {
    const { from, to, scope } = question
    const lots = Array.from(this.#hours.values()).flatMap((ofHour) => Array.from(ofHour.values()))
    const rows = lots.flatMap((lot) =>
      lot.rows.filter(({ event }) => {
        const minute = minuteOf(event.timeMs)
        const isRemoved = scope.removed?.some(
          ({ videoId, beforeMinute }) => event.videoId === videoId && minute < beforeMinute,
        )
        return minute >= from && minute < to && isInScope(event, scope) && !isRemoved
      }),
    )
    const where = Object.entries(scope.where ?? {})
    return eventsOf(chosenOf(rows, question)).filter((event) =>
      where.every(([by, values]) => values.includes(valueIn(event, by))),
    )
  }

  async rolledUpHours(by: string, from: number, to: number): Promise<readonly number[]> {
    const hours = Array.from(this.#rolledUp.get(by)?.keys() ?? [])
    return hours.filter((hour) => hour >= from && hour < to).sort((a, b) => a - b)
  }

  async settledHours(by: string, from: number, to: number, bytesMin = 0): Promise<readonly number[]> {
    const inRange = (await this.holdings()).filter(({ hour }) => hour < to && hour + MINUTES_PER_HOUR > from)
    if (inRange.reduce((sum, { bytes }) => sum + bytes, 0) < bytesMin) return []
    const isSettled = ({ hour, mark }: Holding) => this.#rolledUpFrom.get(by)?.get(hour) === mark
    const hours = new Set(inRange.filter(isSettled).map(({ hour }) => hour))
    return (await this.rolledUpHours(by, from, to - MINUTES_PER_HOUR + 1)).filter((hour) => hours.has(hour))
  }

  async rollUpDimensions({
    hours,
    dimensions,
    valuesMax,
    ...inTime
  }: HoursToRollUp): Promise<readonly number[]> {
    for (const by of dimensions) {
      const ofAll = this.#rolledUp.getOrInsertComputed(by, () => new Map())
      const marks = this.#rolledUpFrom.getOrInsertComputed(by, () => new Map())
      for (const hour of hours) {
        const lots = this.#lotsOf(hour)
        marks.set(hour, markOf(lots))
        const rows = lots.flatMap((lot) => lot.rows)
        const bySeries = Map.groupBy(eventsOf(chosenOf(rows, inTime)), seriesText)
        ofAll.set(
          hour,
          Array.from(bySeries.values()).flatMap((some) => bounded(valuesOf(some, by), hour, valuesMax)),
        )
      }
    }
    return hours
  }

  async dropDimensions(beforeMinute: number): Promise<void> {
    for (const ofAll of this.#rolledUp.values()) {
      for (const hour of ofAll.keys()) if (dayOf(hour) + MINUTES_PER_DAY <= beforeMinute) ofAll.delete(hour)
    }
  }

  async *#recounted(question: RecountQuestion): AsyncGenerator<readonly RecountedBucket[]> {
    for (const hour of question.hours.toSorted((a, b) => a - b)) {
      const rows = this.#lotsOf(hour).flatMap((lot) => lot.rows)
      const buckets = recounted(rows, question)
      if (buckets.length > 0) yield buckets
    }
  }

  #lotsOf(hour: number): Lot[] {
    return Array.from(this.#hours.get(hour)?.values() ?? [])
  }

  #keep(hour: number, name: string, rows: readonly Row[]): void {
    const lots = this.#hours.get(hour) ?? new Map<string, Lot>()
    this.#hours.set(hour, lots)
    lots.set(name, { rows, archivedMs: this.#nowMs(), stamp: ++this.#stamps })
  }

  /** Replaces the matching rows; a lot stays even if it becomes empty. */
  #rewrite(meant: (row: Row) => boolean, replace: (row: Row) => Row[]): { rows: number; hours: number[] } {
    const result = { rows: 0, hours: [] as number[] }
    for (const [hour, lots] of this.#hours) {
      let found = 0
      for (const [name, { rows }] of lots) {
        const some = rows.filter(meant).length
        if (some === 0) continue
        this.#keep(
          hour,
          name,
          rows.flatMap((row) => (meant(row) ? replace(row) : [row])),
        )
        found += some
      }
      if (found > 0) result.hours.push(hour)
      result.rows += found
    }
    result.hours.sort((a, b) => a - b)
    return result
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The rows of an hour by bucket, in order of series and minute. */
function recounted(rows: readonly Row[], question: RecountQuestion): RecountedBucket[] {
  const { beforeMinute, range = ALL_SERIES } = question
  const asked = rows.filter(({ event }) => minuteOf(event.timeMs) < beforeMinute && isInRange(range, event))
  const buckets = new Map<string, RecountedBucket>()
  for (const row of chosenOf(asked, question)) {
    const { tenant, videoId, type, timeMs } = row.event
    const bucket: Bucket = { tenant, videoId, type, minute: minuteOf(timeMs) }
    const key = JSON.stringify([tenant, videoId, type, bucket.minute])
    const { all, onTime } = buckets.get(key) ?? { all: EMPTY, onTime: EMPTY }
    const one = aggregateOf(row.event)
    buckets.set(key, {
      bucket,
      all: add(all, one),
      onTime: isOnTime(row, question) ? add(onTime, one) : onTime,
    })
  }
  return Array.from(buckets.values()).sort((a, b) => compareBuckets(a.bucket, b.bucket))
}

function eventsOf(rows: Iterable<Row>): RawEvent[] {
  return Array.from(rows, ({ event }) => event)
}

function compareBuckets(a: Bucket, b: Bucket): number {
  return compareSeries(a, b) || a.minute - b.minute
}

function markOf(lots: readonly Lot[]): string {
  return lots.map(({ stamp }) => stamp).join()
}
