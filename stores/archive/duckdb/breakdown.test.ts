// A breakdown says the same as a plain count of all events, whatever was stored, before and after merging.
import assert from 'node:assert/strict'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { EMPTY, sumOf } from '../../../model/total.ts'
import { arbitraryBatches } from '../../../testing/arbitrary-batches.ts'
import { archiveDirectory, failingObjects } from '../../../testing/archive-directory.ts'
import { atMinute, batchOf, DAY, questionOf, readRecount } from '../../../testing/archive-fixture.ts'
import { MemoryArchive } from '../../../testing/memory-archive.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { openLocalObjects } from '../../objects/local-objects.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import type { RawBatch } from '../archive.ts'
import { BREAKDOWN_ORDERS, type BreakdownQuestion, type PeriodsQuestion } from '../breakdowns.ts'
import { aboutViews, ask } from '../breakdowns-contract.ts'
import { openArchive } from './duckdb-archive.ts'

const RUNS = 25

type Asked = BreakdownQuestion & {
  readonly by: string
  /** Null: values of the attribute. */
  readonly rowsOf: 'series' | 'video' | 'type' | null
}

const question = fc
  .record({
    tenant: fc.constantFrom('', 't'),
    videoIds: fc.constantFrom(['v'], ['\ufeffv'], ['v', '\ufeffv'], null),
    types: fc.constantFrom(['view'], ['like'], ['view', 'like']),
    from: fc.constantFrom(0, DAY, DAY + 1, DAY + 59, DAY + 60),
    length: fc.constantFrom(0, 1, 60, 1_441, 40 * 1_440),
    by: fc.constantFrom('country', 'device', 'country.code', 'country/code', '__proto__'),
    orderBy: fc.constantFrom(...BREAKDOWN_ORDERS),
    rowsMax: fc.constantFrom(1, 2, 100),
    ofVideos: fc.boolean(),
    rowsOf: fc.constantFrom('series', 'video', 'type', null, null),
  })
  .map(
    ({ tenant, videoIds, types, from, length, ...rest }): Asked =>
      aboutViews({
        scope: { tenant, videoIds, types },
        from,
        to: Math.max(from, DAY) + length,
        ...rest,
      }) as Asked,
  )

async function opened(path: string) {
  const objects = await openLocalObjects(join(path, 'objects'))
  return openArchive({ objects, scratchDirectory: join(path, 'scratch'), memoryMiB: 64, threads: 1 })
}

/** In two periods where it is long enough. */
function cutInTwo({ orderBy, ofVideos: _, rolledUpHours: __, rowsOf, ...asked }: Asked): PeriodsQuestion {
  const starts = [asked.from, asked.from + 61].filter((start) => start === asked.from || start < asked.to)
  return {
    ...asked,
    ...{ starts, rankedFrom: starts.length - 1, rolledUp: { by: asked.by, hours: [] } },
    rowsOf: rowsOf ?? { attribute: asked.by },
    order: { by: orderBy, isDescending: asked.rowsMax > 1 },
  }
}

test('a breakdown agrees with a plain count, and its rows with the recount', async () => {
  await using directory = await temporaryDirectory()
  const archive = await opened(directory.path)
  const { signal } = new AbortController()
  const check = async (batches: readonly RawBatch[], asked: Asked) => {
    await archive.purge((await archive.holdings()).map(({ hour }) => hour))
    await archive.dropDimensions(DAY + 3 * 1_440)
    const memory = new MemoryArchive(() => 1)
    for (const batch of batches) await Promise.all([archive.store(batch), memory.store(batch)])
    const expected = await memory.breakdown(asked, signal)
    assert.deepEqual(await archive.breakdown(asked, signal), expected)
    await archive.compact(DAY + 1_440)
    const found = await archive.breakdown(asked, signal)
    assert.deepEqual(found, expected)
    const hours = (await archive.holdings()).map(({ hour }) => hour)
    const { buckets } = await readRecount(archive, questionOf(hours, { beforeMinute: asked.to }))
    const { tenant, videoIds, types } = asked.scope
    const counted = buckets
      .filter(({ bucket }) => bucket.minute >= asked.from && types.includes(bucket.type))
      .filter(({ bucket }) => bucket.tenant === tenant && (videoIds?.includes(bucket.videoId) ?? true))
    const rows = [...found.rows.map(({ aggregate }) => aggregate), found.other ?? EMPTY]
    assert.deepEqual(sumOf(rows), sumOf(counted.map(({ all }) => all)))
    const { minutes } = await archive.minutes(asked, signal)
    assert.deepEqual(minutes, (await memory.minutes(asked, signal)).minutes)
    assert.deepEqual(sumOf(minutes.map(({ aggregate }) => aggregate)), sumOf(rows))
    const cut = cutInTwo(asked)
    const inPeriods = await archive.periods(cut, signal)
    assert.deepEqual(inPeriods, await memory.periods(cut, signal))
    const sums = [...inPeriods.rows.map((row) => row.sums), inPeriods.other ?? []].flat()
    assert.deepEqual(sumOf(sums), sumOf(rows))
    if (asked.by.includes('/')) return // cannot be the name of a folder
    const some = hours.filter((_, i) => i % 2 === asked.rowsMax % 2)
    const what = {
      dimensions: Array.from(new Set(['country', asked.by])),
      valuesMax: asked.rowsMax,
      hours: some,
    }
    for (const one of [archive, memory]) await one.rollUpDimensions({ ...asked, ...what })
    const rolledUp = { ...asked, rolledUpHours: what.hours }
    assert.deepEqual(await archive.breakdown(rolledUp, signal), await memory.breakdown(rolledUp, signal))
    if (asked.ofVideos) {
      const wholeHours = { ...rolledUp, from: 0, to: DAY + 40 * 1_440 }
      const allRaw = { ...wholeHours, rolledUpHours: [] }
      const [kept, all] = [
        await archive.breakdown(wholeHours, signal),
        await archive.breakdown(allRaw, signal),
      ]
      assert.deepEqual([kept.rows, kept.other], [all.rows, all.other], 'rollups know every video')
    }
    const whole = { from: 0, to: DAY + 40 * 1_440, starts: [0, DAY + 60], rankedFrom: 0 }
    const byHour = { ...cut, ...whole, rolledUp: { by: asked.by, hours: some } }
    assert.deepEqual(await archive.periods(byHour, signal), await memory.periods(byHour, signal))
    const filtered = { ...asked.scope, where: { [asked.by]: ['DE', ''] } }
    const hiding = await archive.hidingHours(filtered, byHour.rolledUp, signal)
    assert.deepEqual(hiding, await memory.hidingHours(filtered, byHour.rolledUp))
    const telling = { by: asked.by, hours: some.filter((hour) => !hiding.includes(hour)) }
    const raw = { ...byHour, scope: filtered, rolledUp: { by: asked.by, hours: [] } }
    assert.deepEqual(
      await archive.periods({ ...raw, rolledUp: telling }, signal),
      await archive.periods(raw, signal),
    )
  }
  await fc.assert(fc.asyncProperty(arbitraryBatches, question, check), { numRuns: RUNS })
  await archive.close()
})

test('attributes that are not JSON, or of other types, do no harm', async () => {
  await using directory = await temporaryDirectory()
  const archive = await opened(directory.path)
  const texts = ['{"country":', 'null', '[1]', '{"country":5}', '{"country":null}', '"country"', '', null]
  const events = texts.map((attributes, i) => atMinute(DAY, { id: `e${i}`, offset: i, attributes }))
  await archive.store(batchOf('a-0', 'events', events))
  const { rows } = await ask(archive)
  assert.deepEqual(
    rows.map(({ value, aggregate }) => [value, aggregate.count]),
    [
      ['', 7],
      ['5', 1],
    ],
  )
  const what = { dimensions: ['device', 'country'], valuesMax: 9, horizonMs: 0, aheadMs: 0, hours: [DAY] }
  await archive.rollUpDimensions(what)
  assert.deepEqual((await ask(archive, { rolledUpHours: [DAY] })).rows, rows)
  await archive.close()
})

test('a breakdown of many values and files adds up, in many slices', async () => {
  await using directory = await temporaryDirectory()
  const archive = await opened(directory.path)
  for (let lot = 0; lot < 6; lot++) {
    const events = Array.from({ length: 5_000 }, (_, i) => {
      const n = lot * 5_000 + i
      const attributes = JSON.stringify({ country: `c${n % 7_000}` })
      return atMinute(DAY + (n % 1_440), { id: `e${n}`, offset: n, attributes, videoId: `v${n % 2}` })
    })
    await archive.store(batchOf('a-0', 'events', events))
  }
  const { rows, other } = await ask(archive, { rowsMax: 3 })
  assert.deepEqual(
    rows.map(({ value, aggregate }) => `${value} ${aggregate.count}`),
    ['c1 5', 'c1001 5', 'c1003 5'],
  )
  assert.equal(other?.count, 15_000 - 15)
  await archive.close()
})

test('a breakdown can be stopped while it reads', async () => {
  await using directory = await temporaryDirectory()
  const archive = await opened(directory.path)
  await archive.store(batchOf('a-0', 'events', [atMinute(DAY)]))
  const stopping = new AbortController()
  const asked = archive.breakdown(aboutViews(), stopping.signal)
  stopping.abort(new Error('late'))
  await assert.rejects(asked)
  assert.equal((await ask(archive)).rows.length, 1, 'and another is answered')
  await archive.close()
})

const BY_COUNTRY = { dimensions: ['country'], valuesMax: 9, horizonMs: 0, aheadMs: 0 }

function fromGermany(minute: number, offset: number) {
  return atMinute(minute, { id: `e${offset}`, offset, attributes: '{"country":"DE"}' })
}

/** The files of rollups of DAY by country. */
async function rollupFiles(path: string): Promise<string[]> {
  const folder = join(path, 'objects', 'dimensions', 'country', 'date=2023-11-14')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.parquet'))
  return names.map((name) => join(folder, name))
}

async function flipBit(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[bytes.length >> 1]! ^= 1
  await writeFile(path, bytes)
}

test('a damaged rollup is reported as missing, and stops nothing', async () => {
  await using directory = await temporaryDirectory()
  const archive = await opened(directory.path)
  const hours = [DAY, DAY + 60]
  await archive.store(batchOf('a-0', 'events', hours.map(fromGermany)))
  await archive.rollUpDimensions({ ...BY_COUNTRY, hours: hours.slice(0, 1) })
  await flipBit((await rollupFiles(directory.path))[0]!)
  const damaged = await ask(archive, { rolledUpHours: [DAY] })
  assert.deepEqual([damaged.rows.length, damaged.unreadableHours], [1, [DAY]])
  await archive.removeVideo('', 'none', DAY + 1_440)
  assert.deepEqual(await archive.rollUpDimensions({ ...BY_COUNTRY, hours: hours.slice(1) }), hours.slice(1))
  const { rows, unreadableHours } = await ask(archive, { rolledUpHours: hours })
  assert.deepEqual([rows[0]?.aggregate.count, unreadableHours], [1, [DAY]])
  assert.deepEqual((await archive.holdings()).length, 2)
  await archive.close()
})

test('where a rollup is damaged, raw events are read that are there, and it is made anew', async () => {
  await using directory = await temporaryDirectory()
  const archive = await opened(directory.path)
  const hours = [DAY, DAY + 60]
  await archive.store(batchOf('a-0', 'events', hours.map(fromGermany)))
  const what = { ...BY_COUNTRY, hours }
  await archive.rollUpDimensions(what)
  const before = await ask(archive)
  const files = () => rollupFiles(directory.path)
  const [path] = await files()
  await archive.rollUpDimensions(what)
  assert.deepEqual(await files(), [path], 'nothing has changed')
  await flipBit(path!)
  assert.deepEqual(await archive.settledHours('country', DAY, DAY + 120), hours, 'who reads it will see')
  assert.deepEqual(await ask(archive, { settledHours: hours }), before)
  await archive.rollUpDimensions(what)
  assert.notDeepEqual(await files(), [path])
  await archive.purge(hours)
  assert.deepEqual(await ask(archive, { rolledUpHours: hours }), before)
  await archive.close()
})

test('two that roll a day up at the same moment leave no rollup that is taken for newer than it is', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const { promise: waits, resolve: isWaiting } = Promise.withResolvers<void>()
  await using directory = await archiveDirectory()
  const one = directory.archive
  const objects: ObjectStore = {
    ...failingObjects(directory.objects, { in: -1 }),
    upload: async (key, path) => {
      isWaiting()
      await gate
      await directory.objects.upload(key, path)
    },
  }
  await using scratch = await temporaryDirectory()
  const other = await openArchive({ objects, scratchDirectory: scratch.path, memoryMiB: 64, threads: 1 })
  const hours = [DAY, DAY + 60, DAY + 120]
  await one.store(batchOf('a-0', 'events', hours.map(fromGermany)))
  await one.rollUpDimensions({ ...BY_COUNTRY, hours: hours.slice(0, 2) })
  await one.store(batchOf('b-0', 'events-late', [fromGermany(DAY + 1, 8), fromGermany(DAY + 61, 9)]))
  const late = other.rollUpDimensions({ ...BY_COUNTRY, hours: hours.slice(1, 2) })
  await waits // it has read what there was of the second hour
  await one.store(batchOf('c-0', 'events-late', [fromGermany(DAY + 62, 10)]))
  await one.rollUpDimensions({ ...BY_COUNTRY, hours })
  open()
  await late // of the two files of one version one is read
  const settledHours = await one.settledHours('country', DAY, DAY + 1_440)
  const { rows } = await ask(one)
  assert.equal(rows[0]?.aggregate.count, 6)
  assert.deepEqual((await ask(one, { settledHours })).rows, rows)
  const stale = await ask(one, { settledHours: hours })
  assert.equal(settledHours.includes(hours[1]!), stale.rows[0]?.aggregate.count === 6)
  assert.deepEqual(
    [settledHours[0], settledHours.at(-1)],
    [hours[0], hours[2]],
    'the others are as they were',
  )
  await other.close()
})

test('hours of which raw events are missing are not rolled up', async () => {
  await using directory = await temporaryDirectory()
  const archive = await opened(directory.path)
  const events = [DAY, DAY + 60].map((hour, i) => atMinute(hour, { id: `e${i}`, offset: i }))
  await archive.store(batchOf('a-0', 'events', events))
  await rm(join(directory.path, 'objects', 'date=2023-11-14', 'hour=00'), { recursive: true })
  const what = { ...BY_COUNTRY, hours: [DAY, DAY + 60] }
  assert.deepEqual(await archive.rollUpDimensions(what), [DAY + 60])
  assert.deepEqual((await ask(archive)).unreadableHours, [DAY])
  await archive.close()
})
