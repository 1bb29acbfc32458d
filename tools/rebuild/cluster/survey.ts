// What the log and the archive hold that the counts of a lost keyspace can be made of again, and what is lost for good.
// Changes nothing.
import type { Clock } from '../../../lib/clock.ts'
import { HOUR_MS, hourOf, MINUTES_PER_HOUR, minuteOf } from '../../../model/bucket.ts'
import { COUNTED_LANES, EVENT_LANES, LogError, type Source, sourcesOf } from '../../../stores/log/log.ts'
import type { Cluster, ClusterSettings } from './cluster.ts'

/** Where a source begins, if records have left it. */
type Beginning = { readonly sourceId: string; readonly offset: number; readonly logTimeMs: number }

/** Records that left the log before they were archived. */
type Gap = { readonly sourceId: string; readonly from: number; readonly to: number }

export type ClusterSurvey = {
  /** Starts of the hours of which raw events are archived. */
  readonly heldHours: ReadonlySet<number>
  /** In the log, of all lanes that hold events. */
  readonly records: number
  readonly beginnings: readonly Beginning[]
  readonly gaps: readonly Gap[]
  /** See Rebuild. */
  readonly fromMinute: number
  readonly hasTitles: boolean
}

const READ_WAIT_MS = 5_000

export async function survey(
  cluster: Cluster,
  settings: ClusterSettings,
  clock: Clock,
): Promise<ClusterSurvey> {
  const { log, archive } = cluster
  const sources = await sourcesOf(log, EVENT_LANES)
  const archived = await archive.checkpoints()
  const heldHours = new Set((await archive.holdings()).map(({ hour }) => hour))
  const beginnings: Beginning[] = []
  const gaps: Gap[] = []
  let [records, firstMs] = [0, clock.nowMs()]
  for (const source of sources) {
    const { startOffset, endOffset } = await log.bounds(source)
    const logTimeMs = await firstLogTimeMs(cluster, source, startOffset, endOffset, clock)
    records += endOffset - startOffset
    firstMs = Math.min(firstMs, logTimeMs)
    const archivedTo = archived.get(source.id)?.nextOffset ?? 0
    if (archivedTo < startOffset) gaps.push({ sourceId: source.id, from: archivedTo, to: startOffset })
    if (startOffset > 0 && COUNTED_LANES.includes(source.lane))
      beginnings.push({ sourceId: source.id, offset: startOffset, logTimeMs })
  }
  const ids = new Set(sources.map(({ id }) => id))
  const isWhole =
    beginnings.length + gaps.length === 0 && Array.from(archived.keys()).every((id) => ids.has(id))
  const kept = keptFrom(heldHours, firstMs, settings, clock)
  const fromMinute = isWhole ? 0 : kept
  return { heldHours, records, beginnings, gaps, fromMinute, hasTitles: await cluster.hasTitles() }
}

/** Of an hour before this one raw events may be gone: purged, or never archived. */
function keptFrom(
  heldHours: ReadonlySet<number>,
  firstMs: number,
  { horizonMs, rawKeptMs }: ClusterSettings,
  clock: Clock,
): number {
  const inLog = hourOf(minuteOf(firstMs - horizonMs)) + MINUTES_PER_HOUR
  const archivedFrom = Array.from(heldHours).reduce((first, hour) => Math.min(first, hour), inLog)
  const purgedTo = hourOf(minuteOf(clock.nowMs() - rawKeptMs + HOUR_MS))
  return Math.max(archivedFrom, purgedTo)
}

async function firstLogTimeMs(
  { log }: Cluster,
  source: Source,
  startOffset: number,
  endOffset: number,
  clock: Clock,
): Promise<number> {
  if (startOffset === endOffset) return clock.nowMs()
  const { records } = await log.read(source, startOffset, { bytesMax: 1, waitMs: READ_WAIT_MS })
  const [first] = records
  // With a later time the stream would take for late what was in time.
  if (first === undefined) throw new LogError('unavailable', `The log returns no record of ${source.id}.`)
  return first.logTimeMs
}
