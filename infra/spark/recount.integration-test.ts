// The same archive recounted in three ways: by Spark, by SQL in DuckDB, and event by event in memory.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS } from '../../model/bucket.ts'
import type { Origin, RawBatch, RawEvent } from '../../stores/archive/archive.ts'
import { openArchive } from '../../stores/archive/duckdb/duckdb-archive.ts'
import { openLocalObjects } from '../../stores/objects/local-objects.ts'
import {
  AHEAD_MS,
  batchOf,
  DAY,
  HORIZON_MS,
  questionOf,
  readRecount,
  sorted,
} from '../../testing/archive-fixture.ts'
import { MemoryArchive } from '../../testing/memory-archive.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { readInfraSettings } from '../settings.ts'
import { readSparkAnswer } from './spark-answer.ts'
import { recountBySpark } from './spark-recount.ts'

const SEED = 20_261_121
const SOURCES: ReadonlyMap<string, Origin> = new Map([
  ['s-0', 'events'],
  ['s-1', 'events'],
  ['s-2', 'events-overflow'],
  ['late-0', 'events-late'],
  ['history', 'import'],
])
const EVENTS_PER_SOURCE = 4_000
const EVENTS_PER_RECORD = 2
const EVENTS_PER_BATCH = 500
/** Stored twice, as after a crash. */
const OVERLAP = 100
const HOURS = [DAY, DAY + 60, DAY + 120]
/** In the middle of an hour. */
const BEFORE_MINUTE = DAY + 150

/** Few names, so that many events have copies that differ in all else; log times around every edge. */
const event: fc.Arbitrary<Omit<RawEvent, 'offset' | 'index'>> = fc
  .record({
    tenant: fc.constantFrom('', 't'),
    videoId: fc.constantFrom('v1', 'v2', "it's", 'a,b', '日本 🎬'),
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

function batches(): RawBatch[] {
  const events = fc.sample(event, { seed: SEED, numRuns: SOURCES.size * EVENTS_PER_SOURCE })
  return Array.from(SOURCES, ([sourceId, origin], s) => {
    const held = events.slice(s * EVENTS_PER_SOURCE, (s + 1) * EVENTS_PER_SOURCE).map((event, i) => {
      const offset = Math.floor(i / EVENTS_PER_RECORD)
      return {
        ...event,
        offset,
        index: i % EVENTS_PER_RECORD,
        ...(origin === 'import' ? { logTimeMs: 0 } : {}),
      }
    })
    const batches: RawBatch[] = []
    for (let from = 0; from < held.length; from += EVENTS_PER_BATCH - OVERLAP) {
      batches.push(batchOf(sourceId, origin, held.slice(from, from + EVENTS_PER_BATCH)))
    }
    return batches
  }).flat()
}

test(`Spark counts what DuckDB counts, and what the port says (seed ${SEED})`, async () => {
  await using directory = await temporaryDirectory()
  const path = (name: string) => join(directory.path, name)
  const objects = await openLocalObjects(path('archive'))
  const archive = await openArchive({
    objects,
    scratchDirectory: path('scratch'),
    memoryMiB: 256,
    threads: 1,
  })
  const reference = new MemoryArchive(() => 0)
  const all = batches()
  for (const [i, batch] of all.entries()) {
    await Promise.all([archive.store(batch), reference.store(batch)])
    if (i === all.length >> 1) await archive.compact(DAY + 120)
  }
  const question = questionOf(HOURS, { beforeMinute: BEFORE_MINUTE })
  const expected = await readRecount(reference, question)
  assert.ok(expected.buckets.length > 1_000)
  assert.deepEqual(await readRecount(archive, question), expected)

  const { horizonMs, aheadMs } = question
  const window = { fromMinute: DAY, beforeMinute: BEFORE_MINUTE, horizonMs, aheadMs }
  const { programs } = readInfraSettings(process.env)
  await recountBySpark(
    { ...window, archive: path('archive'), out: path('out') },
    { programs, cores: 2, memoryMib: 512, scratchDirectory: path('spark') },
  )
  await archive.close()
  assert.deepEqual(sorted(await readSparkAnswer(path('out'))), expected.buckets)
})
