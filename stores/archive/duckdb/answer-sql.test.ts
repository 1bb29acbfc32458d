// Questions in SQL see the events that count and nothing else of the machine, whatever they try.
import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { AHEAD_MS, atMinute, batchOf, DAY, HORIZON_MS } from '../../../testing/archive-fixture.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { openLocalObjects } from '../../objects/local-objects.ts'
import { SqlFault, SqlUnavailable } from '../sql.ts'
import { answerSql } from './answer-sql.ts'
import { rowsOf } from './confined-sql.ts'
import { Database } from './database.ts'
import { type DuckdbArchive, openArchive } from './duckdb-archive.ts'
import { RawFiles } from './raw-files.ts'
import { SetAside } from './set-aside.ts'

const SECRET = 'a-secret-of-the-machine'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let archive: DuckdbArchive
let secret: string

before(async () => {
  directory = await temporaryDirectory()
  const { path } = directory
  const objects = await openLocalObjects(join(path, 'objects'))
  archive = await openArchive({ objects, scratchDirectory: join(path, 'scratch'), memoryMiB: 64, threads: 1 })
  secret = join(path, 'secret.csv')
  await writeFile(secret, `${SECRET}\n`)
  const attributes = '{"country":"DE"}'
  await archive.store(
    batchOf('a-0', 'events', [
      atMinute(DAY, { id: 'a', offset: 1, valueThousandths: 1_500, attributes }),
      atMinute(DAY, { id: 'a', offset: 2, valueThousandths: 9_000 }),
      atMinute(DAY + 1, { id: 'b', offset: 3, videoId: 'v2', tenant: 't' }),
      atMinute(DAY + 90, { id: 'c', offset: 4 }),
    ]),
  )
})
after(async () => {
  await archive.close()
  await directory[Symbol.asyncDispose]()
})

function ask(sql: string, rowsMax = 10, signal = new AbortController().signal) {
  const range = { from: DAY, to: DAY + 60 }
  return archive.sql({ sql, ...range, rowsMax, horizonMs: HORIZON_MS, aheadMs: AHEAD_MS }, signal)
}

test('an answer is of the events of a range that count, each once', async () => {
  const { columns, rows, isCut } = await ask(
    `SELECT id, tenant, time, value, attributes->>'$.country' AS country, late FROM events ORDER BY id`,
  )
  assert.deepEqual(
    columns.map(({ name, type }) => `${name} ${type}`),
    [
      'id VARCHAR',
      'tenant VARCHAR',
      'time TIMESTAMP',
      'value DECIMAL(13,3)',
      'country VARCHAR',
      'late BOOLEAN',
    ],
  )
  assert.deepEqual(rows, [
    ['a', '', '2023-11-14 00:00:00', '1.500', 'DE', false],
    ['b', 't', '2023-11-14 00:01:00', null, null, false],
  ])
  assert.equal(isCut, false)
})

test('a question may be as long as it likes within the events', async () => {
  const sql = `WITH "some" AS (SELECT *, 1 AS one FROM EVENTS) SELECT sum(one)::INTEGER AS n, max(i)::INTEGER
    FROM "some", range(3) r(i), unnest([1]) u(j) WHERE id IN (SELECT id FROM events) -- no more`
  assert.deepEqual((await ask(sql)).rows, [[6, 2]])
})

test('a number may be greater than JSON can write', async () => {
  const { rows } = await ask(`SELECT 1e400, -1e400, 'nan'::DOUBLE, 'a Infinity,"value":Infinity'`)
  assert.deepEqual(rows, [['Infinity', '-Infinity', 'NaN', 'a Infinity,"value":Infinity']])
})

test('an answer is cut where it has too many rows', async () => {
  const { rows, isCut } = await ask('SELECT * FROM range(1000000)', 3)
  assert.deepEqual([rows, isCut], [[['0'], ['1'], ['2']], true])
})

test('a range without events has none', async () => {
  const asked = { sql: 'SELECT count(*) FROM events', rowsMax: 1, horizonMs: HORIZON_MS, aheadMs: AHEAD_MS }
  const { rows } = await archive.sql({ ...asked, from: 0, to: 60 }, new AbortController().signal)
  assert.deepEqual(rows, [['0']])
})

describe('nothing but the events can be reached', () => {
  const attacks = (path: string) => [
    ...[`SELECT * FROM read_csv('${path}')`, `SELECT * FROM '${path}'`, `SELECT * FROM read_text('${path}')`],
    ...[
      `SELECT * FROM read_blob('${path}')`,
      `SELECT * FROM read_json('${path}')`,
      `FROM sniff_csv('${path}')`,
    ],
    ...[`SELECT * FROM parquet_metadata('${path}')`, `SELECT * FROM read_parquet('${path}')`],
    ...[`SELECT * FROM glob('${path}*')`, `SELECT * FROM query('SELECT * FROM read_text(''${path}'')')`],
    ...[`SELECT * FROM read_text('/proc/self/environ')`, `SELECT * FROM read_csv('/etc/passwd')`],
    ...[`SELECT * FROM read_csv('https://example.com/a.csv')`, `SELECT * FROM read_parquet('s3://bucket/a')`],
    ...[`COPY (SELECT 1) TO '${path}.out'`, `COPY events TO '${path}.out'`, `EXPORT DATABASE '${path}.out'`],
    ...[`ATTACH '${path}.db' AS other`, `CREATE TABLE t AS SELECT 1`, 'DROP VIEW events', 'DETACH memory'],
    ...['INSTALL httpfs', 'LOAD httpfs', `INSERT INTO nothing (id) VALUES ('x')`, 'DELETE FROM nothing'],
    ...['SET enable_external_access = true', 'RESET lock_configuration', `SET memory_limit = '64GB'`],
    ...[
      `PRAGMA memory_limit = '64GB'`,
      `CALL enable_logging(storage = 'file', storage_path = '${path}.out')`,
    ],
    ...[`SELECT * FROM enable_logging(storage = 'file', storage_path = '${path}.out')`, 'CHECKPOINT'],
    ...[
      `PRAGMA enable_profiling = 'json'`,
      `PRAGMA profiling_output = '${path}.out'`,
      'EXPLAIN ANALYZE SELECT 1',
    ],
    ...['SELECT 1; SELECT 2', `SELECT 1; COPY (SELECT 1) TO '${path}.out'`, '', ';', 'SELECT ?', 'SELEC 1'],
    ...[`PREPARE p AS SELECT 1`, `CREATE SECRET s (TYPE s3)`, `SELECT getenv('PATH')`, 'USE memory'],
    ...[
      'SELECT * FROM duckdb_settings()',
      `SELECT current_setting('temp_directory')`,
      'SELECT * FROM nothing',
    ],
    ...[
      `SELECT (SELECT max(content) FROM read_text('${path}'))`,
      `SELECT write_log('x')`,
      'FROM duckdb_views()',
    ],
    ...[`WITH a AS (FROM read_text('${path}')) FROM a`, `WITH "${path}" AS (SELECT 1) FROM "${path}.other"`],
    ...[
      `SELECT * FROM events WHERE id IN (SELECT content FROM read_text('${path}'))`,
      'FROM pragma_storage_info(1)',
    ],
    ...[
      `SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))`,
      `FROM query_table('events')`,
    ],
    ...['FROM main.events', 'FROM memory.main.events', 'FROM memory.events', 'FROM (SHOW ALL TABLES)'],
    ...['FROM (DESCRIBE events)', 'SUMMARIZE events', 'DESCRIBE SELECT 1', 'SHOW TABLES'],
    ...[
      'WITH pg_settings AS (SELECT 1) SELECT name, setting FROM pg_catalog.pg_settings',
      'WITH sqlite_master AS (SELECT 1) FROM main.sqlite_master',
    ],
    ...[
      'WITH tables AS (SELECT 1) FROM information_schema.tables',
      'WITH duckdb_tables AS (SELECT 1) FROM system.main.duckdb_tables',
    ],
    ...[
      'WITH pg_settings AS (SELECT name, setting FROM pg_settings) FROM pg_settings',
      'SELECT setting FROM (WITH PG_settings AS (SELECT 1) SELECT 1), pg_settings',
    ],
    ...[`CREATE MACRO m() AS 1`, `UPDATE EXTENSIONS`, 'BEGIN TRANSACTION', `IMPORT DATABASE '${path}'`],
  ]

  /** The question alone, without the process around it. */
  const confined = async (sql: string) => {
    const folder = join(directory.path, 'objects')
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.parquet'))
    return rowsOf({
      ...{ sql, from: DAY, to: DAY + 60, rowsMax: 10, paths: files.map((name) => join(folder, name)) },
      ...{ inTime: { horizonMs: HORIZON_MS, aheadMs: AHEAD_MS }, memoryMiB: 64, rssBytesMax: 1e10 },
      ...{ spillDirectory: join(directory.path, 'scratch', 'spill'), spillMiB: 1 },
    })
  }

  test('by any statement', async () => {
    const before = (await readdir(directory.path)).sort()
    for (const sql of attacks(secret)) {
      const outcome = await confined(sql).catch((error: unknown) => error)
      assert.ok(outcome instanceof Error, `${sql}: ${JSON.stringify(outcome)}`)
      assert.ok(!outcome.message.includes(SECRET), sql)
    }
    assert.deepEqual((await readdir(directory.path)).sort(), before, 'nothing was written')
    assert.deepEqual((await ask('SELECT count(*) FROM events')).rows, [['2']], 'and all is as before')
  })

  test('nor files of the archive that are out of the range', async () => {
    const folder = join(directory.path, 'objects')
    const files = await readdir(folder, { recursive: true })
    const other = files.find((name) => name.endsWith('.parquet') && name.includes('hour=01'))
    assert.ok(other !== undefined, files.join())
    const sql = `SELECT * FROM read_parquet('${join(folder, other)}')`
    await assert.rejects(ask(sql), SqlFault)
    await assert.rejects(ask(sql.replace(other, '**/*.parquet')), SqlFault)
  })
})

test('memory is bounded, and what takes too much of it ends alone', async () => {
  await assert.rejects(ask(`SELECT list(i) FROM range(1000000000) t(i)`), SqlFault)
  await assert.rejects(ask(`SELECT repeat('x', 1000000000) || i FROM range(9) t(i)`), SqlFault)
  assert.deepEqual((await ask('SELECT 1')).rows, [[1]])
})

test('time is bounded', async () => {
  const late = new AbortController()
  const endless = ask('SELECT count(*) FROM range(1000000000) a, range(1000000000) b', 1, late.signal)
  setTimeout(() => late.abort(new Error('late')), 1_500)
  await assert.rejects(endless, /late/)
})

test('what could fill the disk is not begun', async () => {
  const scratchDirectory = join(directory.path, 'full')
  const objects = await openLocalObjects(join(directory.path, 'objects'))
  const database = await Database.open({ scratchDirectory, memoryMiB: 64, threads: 1 })
  const rawFiles = new RawFiles(objects, new SetAside(objects, database))
  const question = { sql: 'SELECT 1', from: DAY, to: DAY + 60, rowsMax: 1 }
  const answer = (freeMiB: number) => {
    const place = { rawFiles, scratchDirectory, freeBytes: async () => freeMiB * 2 ** 20 }
    const inTime = { horizonMs: HORIZON_MS, aheadMs: AHEAD_MS }
    return answerSql(place, { ...question, ...inTime }, new AbortController().signal)
  }
  await assert.rejects(answer(2_047.9), (error) => {
    return error instanceof SqlUnavailable && /2047 MiB free.+1024 of at least 2048 MiB/.test(error.message)
  })
  assert.deepEqual((await answer(2_048)).rows, [[1]])
  await database.close()
})
