// Which events count in the archive in memory, and which of the copies of one, as the port defines.
import { minuteOf } from '../model/bucket.ts'
import { oldestLiveMs } from '../model/horizons.ts'
import type { InTime, Origin, RawEvent } from '../stores/archive/archive.ts'

export type Row = { readonly event: RawEvent; readonly origin: Origin; readonly source: string }

/** The rows that count, one of each event. */
export function chosenOf(rows: readonly Row[], inTime: InTime): Iterable<Row> {
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

/** So far ahead that the stream made it a dead letter: it is not counted. */
function isDead(row: Row, { aheadMs }: InTime): boolean {
  return isCounted(row) && row.event.timeMs > row.event.logTimeMs + aheadMs
}

export function isOnTime(row: Row, inTime: InTime): boolean {
  return isCounted(row) && row.event.timeMs >= oldestLiveMs(inTime, row.event.logTimeMs)
}

/** Whether it came by a lane that the stream counts. */
export function isCounted({ origin }: Row): boolean {
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

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
