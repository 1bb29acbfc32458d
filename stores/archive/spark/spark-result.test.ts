// What is not whole is not believed. The files are written by DuckDB here: npm run test:spark reads those of Spark.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { openLocalObjects } from '../../objects/local-objects.ts'
import type { RecountedBucket } from '../archive.ts'
import { Database } from '../duckdb/database.ts'
import { RECOUNTED_COLUMNS } from '../duckdb/recount-sql.ts'
import { SparkPlace } from './spark-place.ts'
import { type Counted, openResult, parseAnswer } from './spark-result.ts'

const JOB = 'recount-1'
const PREFIX = 'recounts/0001795996800000-00000000-0000-4000-8000-000000000000/'

async function opened() {
  const directory = await temporaryDirectory()
  const path = join(directory.path, 'archive')
  const objects = await openLocalObjects(path)
  const scratchDirectory = join(directory.path, 'scratch')
  const database = await Database.open({ scratchDirectory, memoryMiB: 64, threads: 1 })
  const place = new SparkPlace({ kind: 'file', directory: path }, objects)
  const close = async () => {
    await database.close()
    await directory[Symbol.asyncDispose]()
  }
  return { objects, database, place, [Symbol.asyncDispose]: close }
}

type World = Awaited<ReturnType<typeof opened>>

/** One bucket in each file, of so many events. */
async function write({ objects, database }: World, name: string, events: number): Promise<void> {
  const draft = database.draftPath()
  const values = RECOUNTED_COLUMNS.map(([column, type]) => {
    const isNumber = column.startsWith('count') || column === 'minute'
    const sum = type === 'HUGEINT' ? `NULL::DECIMAL(38, 0)` : `NULL::${type}`
    return `${isNumber ? `${events}::${type}` : type === 'VARCHAR' ? `'${name}'` : sum} AS "${column}"`
  })
  await database.use((connection) => connection.run(`COPY (SELECT ${values}) TO '${draft}' (FORMAT parquet)`))
  await objects.upload(`${PREFIX}${name}`, draft)
}

test('a whole result is read in order, and so are sums that Spark keeps as decimals', async () => {
  await using world = await opened()
  await write(world, 'b.parquet', 3)
  await write(world, 'a.parquet', 4)
  await world.objects.write(`${PREFIX}_SUCCESS`, new Uint8Array(0))
  const counted: Counted = { buckets: 2, events: 7, files: ['b.parquet', 'a.parquet'] }
  await using result = await openResult(world.database, world.objects, PREFIX, counted)
  const buckets: RecountedBucket[] = []
  for await (const lot of result.buckets) buckets.push(...lot)
  const found = buckets.map(({ bucket, all }) => [bucket.videoId, bucket.minute, all.count, all.sum, all.min])
  assert.deepEqual(found, [
    ['a.parquet', 4, 4, 0n, null],
    ['b.parquet', 3, 3, 0n, null],
  ])
})

const BROKEN: Readonly<Record<string, Counted>> = {
  'lacks a file': { buckets: 2, events: 7, files: ['a.parquet', 'b.parquet', 'c.parquet'] },
  'has fewer files than were written': { buckets: 2, events: 7, files: ['a.parquet'] },
  'has other events': { buckets: 2, events: 8, files: ['a.parquet', 'b.parquet'] },
  'has other buckets': { buckets: 3, events: 7, files: ['a.parquet', 'b.parquet'] },
  'has no files': { buckets: 0, events: 0, files: [] },
}
for (const [title, counted] of Object.entries(BROKEN))
  test(`a result that ${title} is not believed`, async () => {
    await using world = await opened()
    await write(world, 'a.parquet', 3)
    await write(world, 'b.parquet', 4)
    const { database, objects } = world
    await assert.rejects(openResult(database, objects, PREFIX, counted), { code: 'spark_incomplete' })
  })

test('an answer is believed if it is the whole answer to this order', () => {
  const counted = { buckets: 1, events: 1, files: ['a.parquet'] }
  const text = JSON.stringify({ job: JOB, counted })
  assert.deepEqual(parseAnswer(text, JOB), { job: JOB, counted })
  assert.deepEqual(parseAnswer(JSON.stringify({ job: JOB, damaged: ['k'] }), JOB).damaged, ['k'])
  for (const partial of [null, '', text.slice(0, -2), '{}', JSON.stringify({ job: JOB })])
    assert.throws(() => parseAnswer(partial, JOB), { code: 'spark_incomplete' }, String(partial))
  assert.throws(() => parseAnswer(text, 'recount-2'), { code: 'spark_incomplete' })
  const fault = JSON.stringify({ job: JOB, fault: 'AnalysisException: [PATH_NOT_FOUND] Path does not exist' })
  assert.throws(() => parseAnswer(fault, JOB), { code: 'spark_failed', message: /failed: .*PATH_NOT_FOUND/ })
})

test('results that nobody reads any more are removed, younger ones stay', async () => {
  await using world = await opened()
  const { objects, place } = world
  const [old, young] = [place.newResult(1_000), place.newResult(2_000)]
  for (const prefix of [old, young]) {
    for (const name of ['part-0.parquet', '_temporary/0/_temporary/attempt_1/part-1.parquet'])
      await objects.write(`${prefix}${name}`, new Uint8Array(1))
  }
  await objects.write('recounts/README', new Uint8Array(1))
  await place.removeBefore(2_000)
  const keys = (await objects.list('')).map(({ key }) => key)
  assert.equal(keys.length, 3)
  assert.ok(keys.every((key) => key.startsWith(young) || key === 'recounts/README'))
  assert.notEqual(place.newResult(2_000), young)
})
