import assert from 'node:assert/strict'
import { readdir, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Aggregate, add, EMPTY, isSame, type Total } from '../../../model/total.ts'
import { failNextWrite } from '../../../testing/failing-write.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { DataDirectoryError } from '../../disk/data-directory.ts'
import { LevelDatabase } from '../../disk/level-database.ts'
import type { CountReader, CountRow, Resolution } from '../counts.ts'
import { checkpointAt, countsContract, DAY, VIEWS } from '../counts-contract.ts'
import { EmbeddedCounts } from './embedded-counts.ts'
import { openEmbeddedStores } from './embedded-stores.ts'
import { parseSum, sumValue, tableRange } from './rows.ts'
import { SharedDatabase } from './shared-database.ts'

const LENGTHS: Record<Resolution, number> = { minute: 1, quarter: 15, hour: 60, day: 1_440 }
/** Around the borders of hours and days. */
const MINUTES = [-1_441, -1, 0, 1, 14, 15, 44, 45, 59, 60, 61, 1_439, 1_440].map((minute) => DAY + minute)
const ALL = { from: DAY - 14_400, to: DAY + 14_400 }

countsContract('The embedded counts', async () => {
  const directory = await temporaryDirectory()
  const counts = await openCounts(directory)
  const close = async () => {
    await counts.close()
    await directory[Symbol.asyncDispose]()
  }
  return { counts, close }
})

async function openCounts({ path }: TemporaryDirectory): Promise<EmbeddedCounts> {
  return (await openEmbeddedStores({ directory: path })).counts
}

it('refuses no rows of sources that have many, and serves others meanwhile', async () => {
  await using directory = await temporaryDirectory()
  const counts = await openCounts(directory)
  const total = { count: 1, values: 0, sum: 0n, min: 0, max: 0, upTo: 1 }
  const rows = Array.from({ length: 70_000 }, (_, i): CountRow => {
    return { bucket: { tenant: '', videoId: `v${i}`, type: 'view', minute: DAY }, total }
  })
  const writes = Promise.allSettled(['0', '1', '2'].map((source) => counts.write(source, rows)))
  await counts.writeCheckpoint('3', checkpointAt(1))
  await counts.close()
  const reasons = (await writes).map((result) =>
    result.status === 'rejected' ? `${result.reason}` : 'written',
  )
  assert.deepEqual(
    reasons.filter((reason) => /wait to be stored/.test(reason)),
    [],
  )
})

it('scans nothing for a series that nobody has sent, and finds it with its first row', async (t) => {
  await using directory = await temporaryDirectory()
  const database = await LevelDatabase.open(directory.path, () => [])
  const counts = new EmbeddedCounts(new SharedDatabase(database))
  const scans = t.mock.method(database.level, 'iterator').mock
  const keyScans = t.mock.method(database.level, 'keys').mock
  const read = async () => (await counts.read(VIEWS, { resolution: 'minute', ...ALL })).periods.length

  assert.deepEqual([await read(), await counts.firstMinute(VIEWS)], [0, null])
  assert.equal(scans.callCount() + keyScans.callCount(), 0)

  const total = { count: 1, values: 0, sum: 0n, min: 0, max: 0, upTo: 1 }
  await counts.write('0', [{ bucket: { ...VIEWS, minute: DAY }, total }])
  assert.deepEqual([await read(), await counts.firstMinute(VIEWS)], [1, DAY])
  await counts.close()
})

/** A write that a source may send at any time, also repeatedly: its content is derived from its position. */
type Sent = {
  readonly source: 'growing' | 'other' | 'corrected'
  readonly minute: number
  readonly upTo: number
}

const SENT: fc.Arbitrary<Sent> = fc.record({
  source: fc.constantFrom('growing', 'other', 'corrected'),
  minute: fc.constantFrom(...MINUTES),
  upTo: fc.nat(12),
})
/** Turns, of concurrent writes, of rows. */
const TURNS = fc.array(fc.array(fc.array(SENT, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), {
  maxLength: 8,
})

function totalOf({ source, minute, upTo }: Sent): Total {
  if (source !== 'corrected') {
    const value = upTo * 1_000 + (source === 'other' ? 7 : 0)
    return { count: upTo + 1, values: upTo + 1, sum: BigInt(value), min: -value, max: value, upTo }
  }
  const mixed = (Math.imul(upTo + 1, 0x9e3779b1) ^ Math.imul(minute, 0x85ebca6b)) >>> 0
  if (mixed % 4 === 0) return { ...EMPTY, count: mixed % 7, upTo }
  const min = (mixed % 20_001) - 10_000
  return { count: mixed % 7, values: 1, sum: BigInt(mixed), min, max: min + (mixed % 5_000), upTo }
}

function sumsOf(sent: readonly Sent[], length: number): Map<number, Aggregate> {
  const winners = new Map<string, Sent>()
  for (const one of sent) {
    const key = `${one.source} ${one.minute}`
    if (one.upTo > (winners.get(key)?.upTo ?? -1)) winners.set(key, one)
  }
  const sums = new Map<number, Aggregate>()
  for (const winner of winners.values()) {
    const start = Math.floor(winner.minute / length) * length
    const { upTo: _, ...aggregate } = totalOf(winner)
    sums.set(start, add(sums.get(start) ?? EMPTY, aggregate))
  }
  return new Map(Array.from(sums).sort(([a], [b]) => a - b))
}

async function checkSums(counts: CountReader, sent: readonly Sent[]): Promise<void> {
  for (const resolution of ['minute', 'hour', 'day'] as const) {
    const { periods } = await counts.read(VIEWS, { resolution, ...ALL })
    const sums = new Map(periods.map(({ start, aggregate }) => [start, aggregate]))
    assert.deepEqual(sums, sumsOf(sent, LENGTHS[resolution]), resolution)
  }
  const { periods } = await counts.read(VIEWS, { resolution: 'quarter', ...ALL })
  const counted = Array.from(sumsOf(sent, LENGTHS.quarter)).filter(([, sum]) => !isSame(sum, EMPTY))
  assert.deepEqual(new Map(periods.map(({ start, aggregate }) => [start, aggregate])), new Map(counted))
}

/** Rewrites sums of hours in the form of a release without quarters. Returns how many. */
async function forgetQuarters({ path }: TemporaryDirectory): Promise<number> {
  const database = await LevelDatabase.open(path, () => [])
  const hours = await database.level.iterator(tableRange('hour')).all()
  const old = hours.map(([key, value]) => {
    const { quarters: _, ...sum } = parseSum(key, value)!
    return { type: 'put', key, value: sumValue(key, sum) } as const
  })
  await database.write(old)
  await database.level.close()
  return old.length
}

describe('The embedded counts, at random', () => {
  it('equal a recount at every resolution, in any order of writes, also after reopening', async () => {
    const property = fc.asyncProperty(TURNS, async (turns) => {
      await using directory = await temporaryDirectory()
      const counts = await openCounts(directory)
      const sent: Sent[] = []
      for (const writes of turns) {
        await Promise.all(writes.flatMap((rows) => writeBySource(counts, rows)))
        sent.push(...writes.flat())
        await checkSums(counts, sent)
      }
      await counts.close()
      const reopened = await openCounts(directory)
      await checkSums(reopened, sent)
      await reopened.close()
    })
    await fc.assert(property, { numRuns: 60 })
  })

  it('know the quarters of hours that an earlier release wrote, before and after more is counted', async () => {
    const property = fc.asyncProperty(TURNS, TURNS, async (before, after) => {
      await using directory = await temporaryDirectory()
      const first = await openCounts(directory)
      const sent: Sent[] = []
      const writeAll = async (counts: EmbeddedCounts, turns: typeof before) => {
        for (const rows of turns.flat()) await Promise.all(writeBySource(counts, rows))
        sent.push(...turns.flat(2))
      }
      await writeAll(first, before)
      await first.close()
      const hours = await forgetQuarters(directory)
      assert.equal(hours, new Set(sent.map(({ minute }) => Math.floor(minute / 60))).size)
      const reopened = await openCounts(directory)
      await checkSums(reopened, sent)
      await writeAll(reopened, after)
      await checkSums(reopened, sent)
      await reopened.close()
    })
    await fc.assert(property, { numRuns: 40 })
  })
})

function writeBySource(counts: EmbeddedCounts, rows: readonly Sent[]): Promise<unknown>[] {
  const bySource = Map.groupBy(rows, ({ source }) => source)
  return Array.from(bySource, ([source, sent]) => counts.write(source, sent.map(rowOf)))
}

function rowOf(sent: Sent): CountRow {
  return { bucket: { ...VIEWS, minute: sent.minute }, total: totalOf(sent) }
}

describe('The embedded counts, on disk', () => {
  it('are there again after closing', async () => {
    await using directory = await temporaryDirectory()
    const counts = await openCounts(directory)
    const total = { ...EMPTY, count: 3, upTo: 5 }
    await counts.write('a-0', [{ bucket: { ...VIEWS, minute: DAY }, total }])
    await counts.writeCheckpoint('a-0', checkpointAt(5))
    await counts.close()
    const reopened = await openCounts(directory)
    assert.deepEqual(await reopened.hydrate('a-0', [{ ...VIEWS, minute: DAY }]), [total])
    assert.deepEqual(await reopened.readCheckpoint('a-0'), checkpointAt(5))
    await reopened.writeCheckpoint('a-0', checkpointAt(4))
    assert.deepEqual(await reopened.readCheckpoint('a-0'), checkpointAt(5))
    await reopened.close()
  })

  it('finish the writes under way when they close, and refuse others', async () => {
    await using directory = await temporaryDirectory()
    const counts = await openCounts(directory)
    const row = { bucket: { ...VIEWS, minute: DAY }, total: { ...EMPTY, count: 3, upTo: 5 } }
    const writing = counts.write('a-0', [row])
    await Promise.all([writing, counts.close()])
    await fails('unavailable', () => counts.write('a-0', [row]))
    await fails('unavailable', () => counts.writeCheckpoint('a-0', checkpointAt(5)))
  })

  for (const fate of ['left nothing behind', 'was written all the same']) {
    it(`go on after a write that failed, where it ${fate}`, async () => {
      await using directory = await temporaryDirectory()
      const database = await LevelDatabase.open(directory.path, () => [])
      const counts = new EmbeddedCounts(new SharedDatabase(database))
      let reopened = 0
      database.level.on('open', () => reopened++)
      const sent: Sent[] = [3, 5].map((upTo) => ({ source: 'growing', minute: DAY, upTo }))
      await counts.write('growing', [rowOf(sent[0]!)])
      failNextWrite(database, async (write) => {
        if (fate === 'was written all the same') await write()
      })
      await fails('unavailable', () => counts.write('growing', [rowOf(sent[1]!)]))
      await counts.writeCheckpoint('growing', checkpointAt(5))
      await counts.write('growing', [rowOf(sent[1]!)])
      await checkSums(counts, sent)
      assert.equal(reopened, 1)
      await counts.close()
    })
  }

  it('say so where another process has them open', async () => {
    await using directory = await temporaryDirectory()
    const counts = await openCounts(directory)
    await fails('locked', () => openCounts(directory))
    await counts.close()
  })

  const harms: Record<string, (directory: string) => Promise<void>> = {
    'without CURRENT': (directory) => rm(join(directory, 'CURRENT')),
    'without a sorted file': async (directory) => rm(await sortedFile(directory)),
    'with a torn sorted file': async (directory) => truncate(await sortedFile(directory), 50),
  }
  for (const [how, harm] of Object.entries(harms)) {
    it(`name the damage of a directory ${how}`, async () => {
      await using directory = await temporaryDirectory()
      const open = () => openCounts(directory)
      const counts = await open()
      await counts.write('a-0', [
        { bucket: { ...VIEWS, minute: DAY }, total: { ...EMPTY, count: 3, upTo: 5 } },
      ])
      await counts.close()
      await harm(directory.path)
      await fails('damaged', open)
    })
  }
})

async function sortedFile(directory: string): Promise<string> {
  const files = await readdir(directory)
  return join(directory, files.find((file) => file.endsWith('.ldb'))!)
}

async function fails(code: string, act: () => Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error) => error instanceof DataDirectoryError && error.code === code)
}
