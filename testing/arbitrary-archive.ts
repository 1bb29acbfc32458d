// A whole archive of random raw events, large enough for every rule of a recount to matter in it: few names, so that
// many events have copies that differ in all else; log times around every edge; overlapping batches, as after a crash.
import fc from 'fast-check'
import { MINUTE_MS } from '../model/bucket.ts'
import type { Origin, RawBatch, RawEvent } from '../stores/archive/archive.ts'
import { AHEAD_MS, batchOf, DAY, HORIZON_MS } from './archive-fixture.ts'

const SOURCES: ReadonlyMap<string, Origin> = new Map([
  ['s-0', 'events'],
  ['s-1', 'events'],
  ['s-2', 'events-overflow'],
  ['late-0', 'events-late'],
  ['history', 'import'],
])
const EVENTS_PER_RECORD = 2
const BATCHES_PER_SOURCE = 8
/** Part of each batch that is stored twice. */
const OVERLAP = 0.2

const event: fc.Arbitrary<Omit<RawEvent, 'offset' | 'index'>> = fc
  .record({
    tenant: fc.constantFrom('', 't'),
    videoId: fc.constantFrom('v1', 'v2', "it's", 'a,b', '日本 🎬', '\ufeffv', 'ﬁ'),
    type: fc.constantFrom('view', 'view', 'like'),
    id: fc.integer({ min: 0, max: 9 }).map((i) => `e${i}`),
    source: fc.constantFrom(null, null, '/a', '/b'),
    minute: fc.integer({ min: 0, max: 179 }).map((i) => DAY + (i % 2 === 0 ? i : i % 60)),
    withinMs: fc.constantFrom(0, 1, MINUTE_MS - 1),
    valueThousandths: fc.option(fc.integer({ min: -1e12, max: 1e12 }), { freq: 3 }),
    behindMs: fc.constantFrom(
      ...[0, 1_000, HORIZON_MS - 1, HORIZON_MS, HORIZON_MS + 1, 1e8, 1 - AHEAD_MS, -AHEAD_MS, -AHEAD_MS - 1],
    ),
  })
  .map(({ minute, withinMs, behindMs, ...fields }) => {
    const timeMs = minute * MINUTE_MS + withinMs
    const more = { viewerId: 'u', channelId: null, attributes: null, timeMs, logTimeMs: timeMs + behindMs }
    return { ...fields, ...more }
  })

/** The hours in which its events are. */
export const ARCHIVE_HOURS = [DAY, DAY + 60, DAY + 120]

export function arbitraryArchive(seed: number, eventsPerSource: number): RawBatch[] {
  const events = fc.sample(event, { seed, numRuns: SOURCES.size * eventsPerSource })
  return Array.from(SOURCES, ([sourceId, origin], s) => {
    const drawn = events.slice(s * eventsPerSource, (s + 1) * eventsPerSource)
    return batchesOf(sourceId, origin, drawn)
  }).flat()
}

function batchesOf(sourceId: string, origin: Origin, drawn: readonly Omit<RawEvent, 'offset' | 'index'>[]) {
  const held = drawn.map((event, i) => ({
    ...event,
    offset: Math.floor(i / EVENTS_PER_RECORD),
    index: i % EVENTS_PER_RECORD,
    ...(origin === 'import' ? { logTimeMs: 0 } : {}),
  }))
  const length = Math.ceil(held.length / BATCHES_PER_SOURCE)
  const batches: RawBatch[] = []
  for (let from = 0; from < held.length; from += length) {
    batches.push(batchOf(sourceId, origin, held.slice(from, Math.ceil(from + length * (1 + OVERLAP)))))
  }
  return batches
}
