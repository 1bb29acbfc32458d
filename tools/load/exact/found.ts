// Queries a system about a run: the count and the sum of values of every video and type by the minute.
import { EVENT_TYPES, type EventType, videoId } from '../../../load-tests/lib/names.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Client, QueryRow } from '../../../sdk/src/index.ts'
import type { Expected, Sum } from './expected.ts'

export type Found = {
  /** By video id and type, as `keyText` writes them. */
  readonly byKey: ReadonlyMap<string, Sum>
  /** From the first expected minute on. */
  readonly byMinute: readonly Sum[]
  /** The answers hold everything that the log took by then; null if they do not say. */
  readonly asOfMs: number | null
}

const THOUSAND = 1_000
/** How far beyond the last minute to look, to find misdated events. */
const MINUTES_BEYOND = 2
/** The bounds of one query; both are below the server's. */
const POINTS_MAX = 20_000
const VIDEOS_MAX = 50
const NOTHING: Sum = { events: 0, thousandths: 0 }

export function keyText(video: string, type: EventType | string): string {
  return `${video} ${type}`
}

/** Fails with a TallyError. */
export async function findCounts(client: Client, expected: Expected, signal: AbortSignal): Promise<Found> {
  const minutes = expected.byMinute.length + MINUTES_BEYOND
  const videosAllowed = Math.floor(POINTS_MAX / (minutes * EVENT_TYPES.length))
  const videosAtOnce = Math.max(1, Math.min(VIDEOS_MAX, videosAllowed))
  const byKey = new Map<string, Sum>()
  const byMinute: Sum[] = Array.from({ length: minutes }, () => NOTHING)
  let asOfMs: number | null = Number.POSITIVE_INFINITY
  for (let first = 0; first < expected.videos; first += videosAtOnce) {
    const { rows, meta } = await client.query(
      {
        videoIds: videoIds(expected, first, videosAtOnce),
        eventTypes: EVENT_TYPES,
        functions: ['count', 'sum'],
        groupBy: ['video', 'type'],
        granularity: 'PT1M',
        startTime: expected.firstMinute * MINUTE_MS,
        endTime: (expected.firstMinute + minutes) * MINUTE_MS,
        limit: videosAtOnce * EVENT_TYPES.length,
      },
      { signal },
    )
    for (const row of rows) {
      byKey.set(keyText(row.videoId!, row.eventType!), sumOf(row.values))
      addSeries(byMinute, row)
    }
    asOfMs = meta.asOf === null || asOfMs === null ? null : Math.min(asOfMs, Date.parse(meta.asOf))
  }
  return { byKey, byMinute, asOfMs }
}

function videoIds({ run, videos }: Expected, first: number, count: number): string[] {
  const length = Math.min(count, videos - first)
  return Array.from({ length }, (_, i) => videoId(run, first + i))
}

function addSeries(byMinute: Sum[], { series = [] }: QueryRow): void {
  for (const [minute, { values }] of series.entries()) {
    const { events, thousandths } = sumOf(values)
    const before = byMinute[minute]!
    byMinute[minute] = {
      events: before.events + events,
      thousandths: before.thousandths + thousandths,
    }
  }
}

function sumOf({ count = 0, sum = 0 }: { readonly count?: number; readonly sum?: number }): Sum {
  return { events: count, thousandths: Math.round(sum * THOUSAND) }
}
