// What every engine of the recount must do, as tests. An engine counts what an archive in a directory holds, and must
// say what the reference says, which looks at every event in memory.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { MINUTE_MS } from '../../model/bucket.ts'
import { ALL_SERIES, type SeriesRange } from '../../model/series-range.ts'
import { ARCHIVE_HOURS, arbitraryArchive } from '../../testing/arbitrary-archive.ts'
import { type ArchiveDirectory, archiveDirectory } from '../../testing/archive-directory.ts'
import {
  atMinute,
  batchOf,
  countsOf,
  DAY,
  eventOf,
  HORIZON_MS,
  questionOf,
  readRecount,
} from '../../testing/archive-fixture.ts'
import { MemoryArchive } from '../../testing/memory-archive.ts'
import type { ObjectStore } from '../objects/objects.ts'
import type { Archive, ArchiveKeeper, RawBatch, RecountedBucket, RecountQuestion } from './archive.ts'
import type { MakeEngine } from './duckdb/duckdb-archive.ts'
import { makeOld } from './duckdb/make-old-contract.ts'

export type EngineUnderTest = {
  /** Missing: DuckDB. */
  readonly engineOf?: (directory: string) => MakeEngine
  /** Of random archives. */
  readonly seeds: readonly number[]
  readonly eventsPerSource: number
}

const [FIRST, SECOND] = [
  { tenant: '', videoId: 'v1' },
  { tenant: 't', videoId: 'v2' },
]
const QUESTIONS: readonly (readonly [title: string, question: RecountQuestion])[] = [
  [
    'whole, up to the middle of an hour',
    questionOf(ARCHIVE_HOURS, { beforeMinute: DAY + 150, range: ALL_SERIES }),
  ],
  [
    'after horizons that were shorter',
    questionOf(ARCHIVE_HOURS, {
      beforeMinute: DAY + 180,
      earlierHorizons: [
        { horizonMs: 500, untilMs: (DAY + 50) * MINUTE_MS },
        { horizonMs: HORIZON_MS / 2, untilMs: (DAY + 100) * MINUTE_MS },
      ],
    }),
  ],
  ['hours with a gap, a range of series', ofRange([DAY, DAY + 120], { from: FIRST, to: SECOND })],
  ['the first series', ofRange(ARCHIVE_HOURS, { from: null, to: FIRST })],
  ['the last series', ofRange(ARCHIVE_HOURS, { from: SECOND, to: null })],
]

export function recountContract(name: string, { seeds, eventsPerSource, engineOf }: EngineUnderTest): void {
  const open = (wrap = (objects: ObjectStore) => objects) =>
    archiveDirectory({ wrap, ...(engineOf !== undefined && { engineOf }) })
  describe(name, () => {
    random(open, seeds, eventsPerSource)
    values(open)
    oldFiles(open)
    damage(open)
    merges(open)
    endings(open)
  })
}

type Open = (wrap?: (objects: ObjectStore) => ObjectStore) => Promise<ArchiveDirectory>

function random(open: Open, seeds: readonly number[], eventsPerSource: number): void {
  for (const seed of seeds) {
    it(`counts a random archive as the reference does (seed ${seed})`, async () => {
      await using directory = await open()
      const reference = await storedIn(directory.archive, arbitraryArchive(seed, eventsPerSource))
      for (const [title, question] of QUESTIONS) {
        const expected = await readRecount(reference, question)
        assert.ok(expected.buckets.length > 0, title)
        assert.deepEqual(await readRecount(directory.archive, question), expected, title)
      }
    })
  }
}

/** Half of it is merged. Returns the reference. */
export async function storedIn(
  archive: Archive & Pick<ArchiveKeeper, 'compact'>,
  batches: readonly RawBatch[],
): Promise<MemoryArchive> {
  const reference = new MemoryArchive(() => 0)
  for (const [i, batch] of batches.entries()) {
    await Promise.all([archive.store(batch), reference.store(batch)])
    if (i === batches.length >> 1) await archive.compact(DAY + 120)
  }
  return reference
}

function values(open: Open): void {
  it('adds up beyond 2^53 exactly, says null where there are no values, and keeps its order', async () => {
    await using directory = await open()
    const { archive } = directory
    const large = Array.from({ length: 10_000 }, (_, i) =>
      eventOf({ videoId: 'large', id: `e${i}`, offset: i, valueThousandths: 1e12 - 1 }),
    )
    const none = eventOf({ videoId: 'none', id: 'late', offset: 0 })
    await archive.store(batchOf('a-0', 'events', large))
    await archive.store(batchOf('b-0', 'events-late', [none, atMinute(DAY + 60, { videoId: '', offset: 1 })]))
    const buckets: RecountedBucket[] = []
    const { buckets: lots } = await archive.recount(questionOf([DAY + 60, DAY]))
    for await (const lot of lots) buckets.push(...lot)
    const sum = 10_000n * (10n ** 12n - 1n)
    const all = { count: 10_000, values: 10_000, sum, min: 1e12 - 1, max: 1e12 - 1 }
    const nothing = { count: 0, values: 0, sum: 0n, min: null, max: null }
    assert.deepEqual(
      buckets.map(({ bucket, all, onTime }) => [bucket.videoId, bucket.minute - DAY, all, onTime]),
      [
        ['large', 0, all, all],
        ['none', 0, { ...nothing, count: 1 }, nothing],
        ['', 60, { ...nothing, count: 1 }, nothing],
      ],
    )
  })
}

function oldFiles(open: Open): void {
  it('counts files of an older release, which lack a column, beside new ones', async () => {
    await using directory = await open()
    const { archive } = directory
    await archive.store(batchOf('old-0', 'events', [eventOf({ id: 'a' }), eventOf({ id: 'b' })]))
    await makeOld(directory)
    const named = ['/a', '/b', null].map((source, i) => eventOf({ id: 'a', source, offset: 5 + i }))
    await archive.store(batchOf('new-0', 'events', named))
    assert.deepEqual(await countsOf(archive, questionOf([DAY])), ['v1 view 0: 4/4'])
  })
}

function damage(open: Open): void {
  it('sets damaged files aside, names them, and counts the rest', async () => {
    await using directory = await open()
    const { archive, path, objects } = directory
    for (const i of [0, 1, 2]) {
      await archive.store(batchOf(`a-${i}`, 'events', [eventOf({ id: `e${i}` })]))
    }
    const [torn, empty] = await directory.rawKeys()
    const bytes = await readFile(join(path, torn!))
    bytes[40]! ^= 4
    await writeFile(join(path, torn!), bytes)
    await writeFile(join(path, empty!), '')
    const { buckets, unreadable } = await readRecount(archive, questionOf([DAY]))
    assert.deepEqual(
      buckets.map(({ all }) => all.count),
      [1],
    )
    assert.deepEqual(unreadable.map(({ name }) => name).sort(), [torn, empty].sort())
    assert.equal((await objects.list('unreadable/')).length, 4)
  })
}

function merges(open: Open): void {
  it('counts files that another process merges after they were listed', async () => {
    let listed: Awaited<ReturnType<ObjectStore['list']>> | null = null
    await using directory = await open((objects) => ({
      write: (key, bytes) => objects.write(key, bytes),
      upload: (key, path) => objects.upload(key, path),
      remove: (keys) => objects.remove(keys),
      read: (key) => objects.read(key),
      open: (key) => objects.open(key),
      list: async (prefix) => {
        const found = listed !== null && prefix.startsWith('date=') ? listed : await objects.list(prefix)
        listed = null
        return found
      },
    }))
    const { archive, objects } = directory
    for (const i of [0, 1, 2]) await archive.store(batchOf(`a-${i}`, 'events', [eventOf({ id: `e${i}` })]))
    const before = await objects.list('date=')
    assert.deepEqual(await archive.compact(DAY + 60), { files: 3, into: 1 })
    listed = before
    assert.deepEqual(await countsOf(archive, questionOf([DAY])), ['v1 view 0: 3/3'])
    assert.equal(listed, null)
  })
}

function endings(open: Open): void {
  it('counts nothing where nothing is held, and fails once it is aborted', async () => {
    await using directory = await open()
    const { archive, objects } = directory
    assert.deepEqual(await countsOf(archive, questionOf([DAY])), [])
    await archive.store(batchOf('a-0', 'events', [eventOf({})]))
    const reason = new Error('the process stops')
    await assert.rejects(readAborted(archive, AbortSignal.abort(reason)), reason)
    const keys = (await objects.list('')).map(({ key }) => key)
    assert.ok(
      keys.every((key) => /^(date=|manifest\/)/.test(key)),
      keys.join(),
    )
  })
}

async function readAborted(archive: Archive, signal: AbortSignal): Promise<void> {
  const { buckets } = await archive.recount(questionOf([DAY]), signal)
  for await (const lot of buckets) assert.ok(lot.length > 0)
}

function ofRange(hours: readonly number[], range: SeriesRange): RecountQuestion {
  return questionOf(hours, { range })
}
