// Both forms of the archive and a count by brute force say the same, whatever was stored, before and after merging.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { ALL_SERIES, isInRange } from '../../../model/series-range.ts'
import { arbitraryBatches } from '../../../testing/arbitrary-batches.ts'
import { DAY, questionOf, readRecount } from '../../../testing/archive-fixture.ts'
import { MemoryArchive } from '../../../testing/memory-archive.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { openLocalObjects } from '../../objects/local-objects.ts'
import type { Archive, ArchiveKeeper, Origin, RawBatch, RawEvent, RecountQuestion } from '../archive.ts'
import { openArchive } from './duckdb-archive.ts'

const HOURS = [0, 60, 120, 1_440].map((minute) => DAY + minute)
const RUNS = 40
const FEFF_V = '\ufeffv'
const RANGES = [
  ALL_SERIES,
  { from: null, to: { tenant: '', videoId: FEFF_V } },
  { from: { tenant: '', videoId: FEFF_V }, to: null },
  { from: { tenant: '', videoId: 'v' }, to: { tenant: '', videoId: FEFF_V } },
  { from: { tenant: '', videoId: FEFF_V }, to: { tenant: 't', videoId: FEFF_V } },
]

const question = fc
  .record({
    range: fc.constantFrom(...RANGES),
    hours: fc.subarray(HOURS, { minLength: 1 }),
    beforeMinute: fc.constantFrom(DAY + 1, DAY + 60, DAY + 120, DAY + 1_441, DAY + 2_880),
  })
  .map(({ hours, ...fields }) => questionOf(hours, fields))

test('both forms and brute force agree', async () => {
  await using directory = await temporaryDirectory()
  const objects = await openLocalObjects(join(directory.path, 'objects'))
  const scratchDirectory = join(directory.path, 'scratch')
  const archive = await openArchive({ objects, scratchDirectory, memoryMiB: 64, threads: 1 })
  const check = async (batches: readonly RawBatch[], asked: RecountQuestion, compactedTo: number) => {
    await archive.purge((await archive.holdings()).map(({ hour }) => hour))
    await agree(archive, batches, asked, compactedTo)
  }
  await fc.assert(
    fc.asyncProperty(arbitraryBatches, question, fc.constantFrom(DAY + 60, DAY + 1_440), check),
    { numRuns: RUNS },
  )
  await archive.close()
})

async function agree(
  archive: Archive & Pick<ArchiveKeeper, 'compact'>,
  batches: readonly RawBatch[],
  asked: RecountQuestion,
  compactedTo: number,
) {
  const memory = new MemoryArchive(() => 1)
  for (const batch of batches) await Promise.all([archive.store(batch), memory.store(batch)])
  const expected = bruteForce(batches, asked)
  assert.deepEqual(await countedBy(memory, asked), expected)
  assert.deepEqual(await countedBy(archive, asked), expected)
  await Promise.all([archive.compact(compactedTo), memory.compact(compactedTo)])
  assert.deepEqual(await countedBy(memory, asked), expected)
  assert.deepEqual(await countedBy(archive, asked), expected)
}

async function countedBy(archive: Archive, asked: RecountQuestion) {
  const { buckets } = await readRecount(archive, asked)
  return buckets.map(({ bucket, all, onTime }) => {
    const key = [bucket.tenant, bucket.videoId, bucket.type, bucket.minute]
    return [...key, ...Object.values(all), ...Object.values(onTime)].join(' ')
  })
}

type Row = RawEvent & { readonly sourceId: string; readonly origin: Origin }

/** For each identity looks at all rows again, and for each bucket at all that were chosen. */
function bruteForce(
  batches: readonly RawBatch[],
  { hours, beforeMinute, horizonMs, aheadMs, range }: RecountQuestion,
) {
  const minuteOf = (row: Row) => Math.floor(row.timeMs / 60_000)
  const aheadOf = (row: Row) => row.timeMs - row.logTimeMs
  const inLane = (row: Row) => row.origin === 'events' || row.origin === 'events-overflow'
  const inTime = (row: Row) => inLane(row) && aheadOf(row) <= aheadMs && -aheadOf(row) <= horizonMs
  const identity = (row: Row) => [bucket(row), row.source, row.id].join(' ')
  const bucket = (row: Row) => [row.tenant, row.videoId, row.type, minuteOf(row)].join(' ')
  const rows = batches
    .flatMap(({ events, sourceId, origin }) => events.map((event) => ({ ...event, sourceId, origin })))
    .filter((row) => hours.some((hour) => minuteOf(row) >= hour && minuteOf(row) < hour + 60))
    .filter((row) => isInRange(range!, row))
    .filter((row) => minuteOf(row) < beforeMinute && !(inLane(row) && aheadOf(row) > aheadMs))
  const chosen = Array.from(new Set(rows.map(identity)), (one) => {
    const copies = rows.filter((row) => identity(row) === one)
    const byPlace = sortedBy(copies, (row) => [padded(row.offset), padded(row.index), row.sourceId])
    const byOrigin = sortedBy(copies, (row) => [
      row.origin,
      row.sourceId,
      padded(row.offset),
      padded(row.index),
    ])
    return byPlace.find(inTime) ?? byOrigin[0]!
  })
  const summary = (some: readonly Row[]) => {
    const values = some.map((row) => row.valueThousandths).filter((value) => value !== null)
    const [min, max] = values.length === 0 ? [null, null] : [Math.min(...values), Math.max(...values)]
    return [
      some.length,
      values.length,
      values.reduce((sum, value) => sum + BigInt(value), 0n),
      min,
      max,
    ].join(' ')
  }
  const lines = Array.from(new Set(chosen.map(bucket)), (one) => {
    const some = chosen.filter((row) => bucket(row) === one)
    return { one, key: keyOf(some[0]!), line: `${one} ${summary(some)} ${summary(some.filter(inTime))}` }
  })
  return sortedBy(lines, ({ key }) => [key]).map(({ line }) => line)
}

function keyOf(row: Row): string {
  return JSON.stringify([row.tenant, row.videoId, row.type, Math.floor(row.timeMs / 60_000)])
}

function sortedBy<T>(items: readonly T[], key: (item: T) => string[]): T[] {
  return items.toSorted((a, b) => (key(a).join('\0') < key(b).join('\0') ? -1 : 1))
}

function padded(value: number): string {
  return String(value).padStart(6, '0')
}
