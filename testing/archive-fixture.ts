// Raw events and recounts in short form, for tests.
import { createHash } from 'node:crypto'
import type { Series } from '../model/bucket.ts'
import type {
  Archive,
  Origin,
  RawBatch,
  RawEvent,
  RecountedBucket,
  RecountQuestion,
  Unreadable,
} from '../stores/archive/archive.ts'

/** 2023-11-14T00:00Z, in minutes. */
export const DAY = 28_332_000
export const HORIZON_MS = 600_000
export const AHEAD_MS = 60_000

/** A view of v1 in the first minute of DAY, appended to the log at once. */
export function eventOf(fields: Partial<RawEvent>): RawEvent {
  const timeMs = fields.timeMs ?? DAY * 60_000
  return {
    tenant: '',
    videoId: 'v1',
    type: 'view',
    id: 'e1',
    timeMs,
    valueThousandths: null,
    viewerId: null,
    channelId: null,
    attributes: null,
    source: null,
    offset: 0,
    index: 0,
    logTimeMs: timeMs,
    ...fields,
  }
}

/** The digest of a viewer's id, as passed to an archive. */
export function viewerSha256(viewerId: string): string {
  return createHash('sha256').update(viewerId).digest('hex')
}

export function atMinute(minute: number, fields: Partial<RawEvent> = {}): RawEvent {
  return eventOf({ timeMs: minute * 60_000, ...fields })
}

/** Batches of one event or more. */
export function batchOf(sourceId: string, origin: Origin, events: readonly RawEvent[]): RawBatch {
  const offsets = events.map(({ offset }) => offset)
  return {
    sourceId,
    origin,
    fromOffset: offsets.reduce((a, b) => Math.min(a, b)),
    toOffset: offsets.reduce((a, b) => Math.max(a, b)) + 1,
    events,
  }
}

export function questionOf(hours: readonly number[], fields: Partial<RecountQuestion> = {}): RecountQuestion {
  const beforeMinute = Math.max(...hours) + 60
  return { hours, beforeMinute, horizonMs: HORIZON_MS, aheadMs: AHEAD_MS, ...fields }
}

/** A whole recount in a fixed order, and what it reports as missing. */
export async function readRecount(
  archive: Archive,
  question: RecountQuestion,
): Promise<{ buckets: RecountedBucket[]; unreadable: readonly Unreadable[] }> {
  const { buckets, unreadable } = await archive.recount(question)
  const all: RecountedBucket[] = []
  for await (const lot of buckets) all.push(...lot)
  return { buckets: sorted(all), unreadable }
}

/** Sorted by name. */
export function sorted(buckets: readonly RecountedBucket[]): RecountedBucket[] {
  const keyed = buckets.map((bucket) => ({ bucket, key: keyOf(bucket) }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ bucket }) => bucket)
}

function keyOf({ bucket: { tenant, videoId, type, minute } }: RecountedBucket): string {
  return JSON.stringify([tenant, videoId, type, minute])
}

/** `video type minute: all/onTime`, minutes from DAY on. */
export async function countsOf(archive: Archive, question: RecountQuestion): Promise<string[]> {
  const { buckets } = await readRecount(archive, question)
  return buckets.map(
    ({ bucket, all, onTime }) => `${nameOf(bucket)} ${bucket.minute - DAY}: ${all.count}/${onTime.count}`,
  )
}

function nameOf({ tenant, videoId, type }: Series): string {
  return `${tenant === '' ? '' : `${tenant}:`}${videoId} ${type}`
}
