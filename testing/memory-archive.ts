// The archive in memory: the reference form, for tests and simulations. It reads every event at each call, and counts
// as the port defines.
import { createHash } from 'node:crypto'
import { type Bucket, minuteOf } from '../model/bucket.ts'
import { compareSeries } from '../model/series-order.ts'
import { type Aggregate, add, EMPTY, sumOf } from '../model/total.ts'
import type {
  Archive,
  ArchiveCheckpoint,
  ArchiveKeeper,
  Holding,
  Origin,
  RawBatch,
  RawEvent,
  Recount,
  RecountedBucket,
  RecountQuestion,
  Unreadable,
} from '../stores/archive/archive.ts'
import type {
  Breakdown,
  BreakdownOrder,
  BreakdownQuestion,
  BreakdownReader,
} from '../stores/archive/breakdowns.ts'
import { checkSource, hourOfEvent } from '../stores/archive/raw-batch.ts'

type Row = { readonly event: RawEvent; readonly origin: Origin; readonly source: string }

/** The counterpart of a file: rows of one hour that were stored together. */
type Lot = { readonly rows: readonly Row[]; readonly archivedMs: number; readonly stamp: number }

type InTime = Pick<RecountQuestion, 'horizonMs' | 'aheadMs'>

/** The rough size of one row in other forms. */
const ROW_BYTES = 40

export class MemoryArchive implements Archive, Omit<ArchiveKeeper, 'exportRaw'>, BreakdownReader {
  readonly #nowMs: () => number
  /** Hour → name → lot. */
  readonly #hours = new Map<number, Map<string, Lot>>()
  readonly #checkpoints = new Map<string, ArchiveCheckpoint>()
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
    return { events: rows, hours }
  }

  async breakdown(question: BreakdownQuestion, signal: AbortSignal): Promise<Breakdown> {
    signal.throwIfAborted()
    const lots = Array.from(this.#hours.values()).flatMap((ofHour) => Array.from(ofHour.values()))
    const asked = lots.flatMap(({ rows }) => rows.filter((row) => isAsked(row, question)))
    return brokenDown(Array.from(chosenOf(asked, question)), question)
  }

  async *#recounted(question: RecountQuestion): AsyncGenerator<readonly RecountedBucket[]> {
    for (const hour of question.hours.toSorted((a, b) => a - b)) {
      const rows = Array.from(this.#hours.get(hour)?.values() ?? []).flatMap((lot) => lot.rows)
      const buckets = recounted(rows, question)
      if (buckets.length > 0) yield buckets
    }
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

/** The rows that count, one of each event. */
function chosenOf(rows: readonly Row[], inTime: InTime): Iterable<Row> {
  const chosen = new Map<string, Row>()
  for (const row of rows) {
    const { tenant, videoId, type, id, source, timeMs } = row.event
    if (isDead(row, inTime)) continue
    const identity = JSON.stringify([tenant, videoId, type, minuteOf(timeMs), source, id])
    const other = chosen.get(identity)
    if (other === undefined || comesFirst(row, other, inTime)) chosen.set(identity, row)
  }
  return chosen.values()
}

/** The rows of an hour by bucket, in order of series and minute. */
function recounted(rows: readonly Row[], question: RecountQuestion): RecountedBucket[] {
  const asked = rows.filter(({ event }) => minuteOf(event.timeMs) < question.beforeMinute)
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

function isAsked({ event }: Row, { series, from, to }: BreakdownQuestion): boolean {
  const minute = minuteOf(event.timeMs)
  return minute >= from && minute < to && compareSeries(event, series) === 0
}

function brokenDown(rows: readonly Row[], { by, orderBy, rowsMax }: BreakdownQuestion): Breakdown {
  const valueIn = ({ event }: Row) => {
    const attributes: object = JSON.parse(event.attributes ?? '{}')
    return Object.hasOwn(attributes, by) ? String(attributes[by as never]) : ''
  }
  const sumOfRows = (some: readonly Row[]) => sumOf(some.map(({ event }) => aggregateOf(event)))
  const all = Array.from(Map.groupBy(rows, valueIn), ([value, some]) => ({
    value,
    aggregate: sumOfRows(some),
  }))
  all.sort((a, b) => {
    const [first, second] = [measureOf(a.aggregate, orderBy), measureOf(b.aggregate, orderBy)]
    return second - first || Buffer.compare(Buffer.from(a.value), Buffer.from(b.value))
  })
  const rest = all.slice(rowsMax)
  return {
    rows: all.slice(0, rowsMax),
    other: rest.length === 0 ? null : sumOf(rest.map(({ aggregate }) => aggregate)),
    firstMinute: rows.length === 0 ? null : Math.min(...rows.map(({ event }) => minuteOf(event.timeMs))),
    unreadableHours: [],
  }
}

/** Close enough for few and small values. */
function measureOf({ count, values, sum, min, max }: Aggregate, orderBy: BreakdownOrder): number {
  const none = -Number.MAX_VALUE
  const measures = {
    count,
    sum: Number(sum),
    average: values === 0 ? none : Number(sum) / values,
    min: min ?? none,
    max: max ?? none,
  }
  return measures[orderBy]
}

/** So far ahead that the stream made it a dead letter: it is not counted. */
function isDead(row: Row, { aheadMs }: InTime): boolean {
  return isCounted(row) && row.event.timeMs > row.event.logTimeMs + aheadMs
}

function isOnTime(row: Row, { horizonMs }: InTime): boolean {
  return isCounted(row) && row.event.timeMs >= row.event.logTimeMs - horizonMs
}

/** Whether it came by a lane that the stream counts. */
function isCounted({ origin }: Row): boolean {
  return origin === 'events' || origin === 'events-overflow'
}

function comesFirst(a: Row, b: Row, inTime: InTime): boolean {
  const onTime = isOnTime(a, inTime)
  if (onTime !== isOnTime(b, inTime)) return onTime
  const order = onTime ? [byOffset, byIndex, bySource] : [byOrigin, bySource, byOffset, byIndex]
  return (order.map((by) => by(a, b)).find((difference) => difference !== 0) ?? 0) < 0
}

const byOffset = (a: Row, b: Row) => a.event.offset - b.event.offset
const byIndex = (a: Row, b: Row) => a.event.index - b.event.index
const bySource = (a: Row, b: Row) => compareTexts(a.source, b.source)
const byOrigin = (a: Row, b: Row) => compareTexts(a.origin, b.origin)

function compareBuckets(a: Bucket, b: Bucket): number {
  return compareSeries(a, b) || a.minute - b.minute
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function aggregateOf({ valueThousandths: value }: RawEvent): Aggregate {
  if (value === null) return { ...EMPTY, count: 1 }
  return { count: 1, values: 1, sum: BigInt(value), min: value, max: value }
}

function markOf(lots: readonly Lot[]): string {
  return lots.map(({ stamp }) => stamp).join()
}
