// What the files of the archive look like from outside: names, order, content; exports; and how a recount is cut up.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { DuckDBConnection } from '@duckdb/node-api'
import { PROBE_SERIES } from '../../../model/probe.ts'
import { archiveDirectory } from '../../../testing/archive-directory.ts'
import {
  AHEAD_MS,
  atMinute,
  batchOf,
  countsOf,
  DAY,
  eventOf,
  HORIZON_MS,
  questionOf,
  readRecount,
  viewerSha256,
} from '../../../testing/archive-fixture.ts'
import type { Holding, RawExport } from '../archive.ts'
import { mergersOf } from './compact.ts'
import { Database } from './database.ts'
import { hoursOf, parseRawFile, type RawFile } from './layout.ts'
import { RawFiles } from './raw-files.ts'
import { unitsOf } from './recount.ts'
import { Rewriter } from './rewrite.ts'
import { SetAside } from './set-aside.ts'

const HEX = '[0-9a-f]{8}'

test('names say origin, source, range and hours', async () => {
  await using directory = await archiveDirectory()
  const events = [DAY, DAY + 61, DAY + 1_440].map((minute, offset) =>
    atMinute(minute, { offset: offset + 5 }),
  )
  await directory.archive.store(batchOf('a-0', 'events', events))
  await directory.archive.store(batchOf('file', 'import', events))
  const expected = [
    `date=2023-11-14/hour=00/events.a-0.5-8.${HEX}.parquet`,
    `date=2023-11-14/hour=01/events.a-0.5-8.${HEX}.parquet`,
    `date=2023-11-14/hour=all/import.file.5-8.h000003.${HEX}.parquet`,
    `date=2023-11-15/hour=00/events.a-0.5-8.${HEX}.parquet`,
    `date=2023-11-15/hour=all/import.file.5-8.h000001.${HEX}.parquet`,
  ]
  const keys = await directory.rawKeys()
  assert.equal(keys.length, expected.length)
  for (const [i, key] of keys.entries())
    assert.match(key, new RegExp(`^${expected[i]!.replaceAll('.', '\\.')}$`))
})

test('the same batch makes the same files', async () => {
  await using directory = await archiveDirectory()
  const events = Array.from({ length: 3_000 }, (_, i) => eventOf({ id: `e${i % 1_000}`, offset: i }))
  await directory.archive.store(batchOf('a-0', 'events', events))
  const keys = await directory.rawKeys()
  const [held] = await directory.archive.holdings()
  await directory.archive.store(batchOf('a-0', 'events', events.toReversed()))
  assert.deepEqual(await directory.rawKeys(), keys)
  assert.equal((await directory.archive.holdings())[0]!.mark, held!.mark)
})

test('a file is sorted, compressed, cut into row groups, and holds every field', async () => {
  await using directory = await archiveDirectory()
  const some = Array.from({ length: 140_000 }, (_, i) =>
    eventOf({ id: `e${i}`, videoId: `v${i % 100}`, offset: i }),
  )
  const full = eventOf({
    tenant: 't',
    id: 'full',
    valueThousandths: -5,
    viewerId: 'u',
    channelId: 'c',
    attributes: '{"a":"ü"}',
    source: '/player',
    offset: 140_000,
    index: 3,
    logTimeMs: DAY * 60_000 + 7,
  })
  await directory.archive.store(batchOf('a-0', 'events', [...some, full]))
  const [key] = await directory.rawKeys()
  const file = `'${join(directory.path, key!)}'`
  const row = [
    ...['t', 'v1', 'view', DAY, 'full', BigInt(DAY) * 60_000n, -5n, 'u', 'c', '{"a":"ü"}'],
    ...['events', 'a-0', 140_000n, 3, BigInt(DAY) * 60_000n + 7n, '/player'],
  ]
  assert.deepEqual(
    await query(`SELECT * FROM read_parquet(${file}, hive_partitioning = false) WHERE tenant = 't'`),
    [row],
  )
  const groups = await query(
    `SELECT stats_min_value, stats_max_value, compression FROM parquet_metadata(${file})
     WHERE path_in_schema = 'video_id' ORDER BY row_group_id`,
  )
  assert.ok(groups.length > 1)
  assert.ok(groups.every(([, , compression]) => compression === 'ZSTD'))
  assert.ok(groups.slice(1, -1).every(([least], i) => String(least) >= String(groups[i]![1])))
})

test('a viewer who was forgotten is in no file', async () => {
  await using directory = await archiveDirectory()
  const { archive } = directory
  await archive.store(batchOf('a-0', 'events', [eventOf({ viewerId: 'forgotten-viewer' })]))
  await archive.forgetViewer('', viewerSha256('forgotten-viewer'))
  for (const { key } of await directory.objects.list('')) {
    assert.ok(!(await readFile(join(directory.path, key))).includes('forgotten-viewer'), key)
  }
  const [key] = await directory.rawKeys()
  const rows = await query(`SELECT id, viewer_id FROM '${join(directory.path, key!)}'`)
  assert.deepEqual(rows, [['e1', null]])
})

test('a file that is rewritten as it was stays', async () => {
  await using directory = await archiveDirectory()
  const { archive, objects, path } = directory
  await archive.store(batchOf('a-0', 'events', [eventOf({})]))
  const keys = await directory.rawKeys()
  const scratchDirectory = join(path, '..', 'scratch-2')
  const database = await Database.open({ scratchDirectory, memoryMiB: 64, threads: 1 })
  const rawFiles = new RawFiles(objects, new SetAside(objects, database))
  const rewriter = new Rewriter(database, objects, rawFiles)
  for (const file of await rawFiles.all()) await rewriter.rewrite(file, {})
  await database.close()
  assert.deepEqual(await directory.rawKeys(), keys)
  assert.deepEqual(await countsOf(archive, questionOf([DAY])), ['v1 view 0: 1/1'])
})

test('exports each raw event of a range once, in order of time', async () => {
  await using directory = await archiveDirectory()
  const { archive, path } = directory
  const events = [5, 61, 1, 62, 63, 1_441].map((minute, i) =>
    atMinute(DAY + minute, { id: `e${minute}`, offset: i }),
  )
  await archive.store(batchOf('a-0', 'events', events))
  await archive.store(batchOf('a-0', 'events', events.slice(0, 2)))
  const probe = atMinute(DAY + 6, { ...PROBE_SERIES, id: 'probe-1', offset: 6 })
  const alike = atMinute(DAY + 64, { videoId: PROBE_SERIES.videoId, id: 'e64', offset: 7 })
  await archive.store(batchOf('a-0', 'events', [probe, alike]))
  const csv = join(path, 'out.csv')
  const exported = (from: number, to: number, format: RawExport['format'], file: string) =>
    archive.exportRaw(
      { from, to, format, formulaGuard: false, horizonMs: HORIZON_MS, aheadMs: AHEAD_MS },
      file,
    )
  assert.equal(await exported(DAY + 5, DAY + 63, 'csv', csv), 3)
  const lines = (await readFile(csv, 'utf8')).trimEnd().split('\n')
  assert.match(lines[0]!, /^tenant,video_id,type,minute,id,time_ms,/)
  assert.deepEqual(
    lines.slice(1).map((line) => line.split(',')[4]),
    ['e5', 'e61', 'e62'],
  )
  const parquet = join(path, 'out.parquet')
  assert.equal(await exported(0, DAY * 2, 'parquet', parquet), 7)
  const ids = await query(`SELECT id FROM '${parquet}'`)
  assert.deepEqual(ids.flat(), ['e1', 'e5', 'e61', 'e62', 'e63', 'e64', 'e1441'])
  assert.equal(await exported(0, 60, 'csv', csv), 0)
  await assert.rejects(exported(0, 60, 'csv', join(path, 'nowhere', 'out.csv')))
})

test('a directory may be called anything', async () => {
  await using directory = await archiveDirectory({ folder: "it's [a] *?{1,2} %", memoryMiB: 64 })
  await directory.archive.store(batchOf('a-0', 'events', [eventOf({ viewerId: 'u' })]))
  assert.deepEqual(await countsOf(directory.archive, questionOf([DAY])), ['v1 view 0: 1/1'])
  assert.equal(await directory.archive.forgetViewer('', viewerSha256('u')), 1)
})

test('what is too much for memory is counted in shares', async () => {
  await using directory = await archiveDirectory({ memoryMiB: 32 })
  const idOf = (i: number) => createHash('sha1').update(String(i)).digest('base64url')
  const events = Array.from({ length: 200_000 }, (_, i) =>
    atMinute(DAY + (i % 120), {
      ...{ id: idOf(i), videoId: `v${i % 700}`, offset: i },
      attributes: `{"country":"c${i % 3}"}`,
    }),
  )
  for (let i = 0; i < events.length; i += 50_000) {
    await directory.archive.store(batchOf('a-0', 'import', events.slice(i, i + 50_000)))
  }
  const [{ bytes }] = (await directory.archive.holdings()) as [Holding]
  assert.ok(2 * bytes > (32 * 2 ** 20) / 10, `${bytes}`)
  const { buckets } = await readRecount(directory.archive, questionOf([DAY, DAY + 60]))
  assert.equal(
    buckets.reduce((sum, { all }) => sum + all.count, 0),
    events.length,
  )
  const inTime = { horizonMs: 0, aheadMs: 0 }
  const hours = [DAY, DAY + 60]
  const kept = { ...inTime, hours, dimensions: ['country', 'device'], valuesMax: 3 }
  assert.deepEqual(await directory.archive.rollUpDimensions(kept), hours)
  const scope = { tenant: '', videoIds: null, types: ['view'] }
  const asked = { ...inTime, scope, from: DAY, to: DAY + 120, orderBy: 'count', rowsMax: 3 } as const
  const by = async (attribute: string) => {
    const question = { ...asked, by: attribute, rolledUpHours: hours }
    const { rows, other } = await directory.archive.breakdown(question, new AbortController().signal)
    assert.equal(other, null)
    return rows.map(({ value, aggregate }) => [value, aggregate.count])
  }
  const third = events.length / 3
  assert.deepEqual(await by('country'), [
    ['c0', Math.ceil(third)],
    ['c1', Math.ceil(third)],
    ['c2', Math.floor(third)],
  ])
  assert.deepEqual(await by('device'), [['', events.length]])
})

test('hours that share files are counted together, small ones in one go', () => {
  const file = (name: string, bytes: number) =>
    parseRawFile({ key: `date=2023-11-${name}`, bytes, modifiedMs: 0 })!
  const files = [
    file('14/hour=00/a.0-1.00000000.parquet', 60),
    file('14/hour=01/a.0-1.00000000.parquet', 50),
    file('15/hour=02/a.0-1.00000000.parquet', 10),
    file('15/hour=all/m.h800004.00000000.parquet', 500),
    file('16/hour=00/a.0-1.00000000.parquet', 10),
    file('17/hour=00/foreign.parquet', 10),
  ]
  assert.deepEqual(hoursOf(files[3]!), [DAY + 1_440 + 120, DAY + 1_440 + 23 * 60])
  const hours = [0, 60, 120, 1_440 + 120, 1_440 + 180, 1_440 + 23 * 60, 2_880, 4_320].map(
    (minute) => DAY + minute,
  )
  const units = unitsOf(files, hours, 100)
  assert.deepEqual(
    units.map((unit) => [unit.hours.map((hour) => hour - DAY), unit.files.length, unit.bytes]),
    [
      [[0], 1, 60],
      [[60], 1, 50],
      [[1_560, 1_620, 2_820], 2, 510],
      [[2_880, 4_320], 2, 20],
    ],
  )
})

test('small files are merged by the hour, or by the day once it is over', () => {
  const mib = 2 ** 20
  const file = (name: string, bytes: number) =>
    parseRawFile({ key: `date=2023-11-${name}.00000000.parquet`, bytes, modifiedMs: 0 })!
  const files = [
    ...[file('14/hour=00/a', mib), file('14/hour=03/b', 40 * mib), file('14/hour=all/c.h000003', 2 * mib)],
    ...[
      file('15/hour=00/d', mib),
      file('15/hour=00/e', mib),
      file('15/hour=01/f', mib),
      file('15/hour=01/g', mib),
    ],
    ...[file('15/hour=02/h', mib), file('15/hour=all/i.h000003', mib)],
  ]
  const merged = mergersOf(files, DAY + 1_440 + 60, 100 * mib)
  assert.deepEqual(
    merged.map(({ start, wholeDay, files }) => [start - DAY, wholeDay, files.map(({ stem }) => stem).sort()]),
    [
      [0, true, ['a', 'c']],
      [1_440, false, ['d', 'e']],
    ],
  )
  const large = [15, 30, 7, 60].map((size, i) => file(`14/hour=0${i}/x`, size * mib))
  const sizesOf = (some: RawFile[]) =>
    mergersOf(some, DAY + 1_440, 100 * mib).map((merger) => merger.files.map(({ bytes }) => bytes / mib))
  assert.deepEqual(sizesOf(large), [])
  assert.deepEqual(sizesOf([...large, file('14/hour=05/y', 8 * mib)]), [[7, 8, 15, 30]])
})

test('only raw files are taken for such', () => {
  const names = [
    'date=2023-13-14/hour=00/a.parquet',
    'date=2023-11-14/hour=24/a.parquet',
    'date=2023-11-14/hour=00/a.json',
    'date=2023-11-14/a.parquet',
    'checkpoints/a-0.json',
  ]
  for (const key of names) assert.equal(parseRawFile({ key, bytes: 1, modifiedMs: 0 }), null, key)
})

async function query(sql: string): Promise<unknown[][]> {
  const connection = await DuckDBConnection.create()
  try {
    return (await connection.runAndReadAll(sql)).getRows()
  } finally {
    connection.closeSync()
  }
}
