// A share of an hour reads its own row groups: in a file whose other ones are destroyed it still comes to its end.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ALL_SERIES, type SeriesRange } from '../../../model/series-range.ts'
import { archiveDirectory } from '../../../testing/archive-directory.ts'
import { AHEAD_MS, batchOf, DAY, eventOf, HORIZON_MS } from '../../../testing/archive-fixture.ts'
import { Database, literal } from './database.ts'
import { CREATE_RECOUNTED, RECOUNTED, recountSql } from './recount-sql.ts'

const EVENTS = 300_000
const VIDEOS = 100
const COLUMNS_LEAST = 10
const QUESTION = { beforeMinute: DAY + 60, horizonMs: HORIZON_MS, aheadMs: AHEAD_MS }
const SHARE: SeriesRange = { from: { tenant: '', videoId: nameOf(90) }, to: null }

function nameOf(video: number): string {
  return `v${String(video).padStart(2, '0')}`
}

/** Where the columns are of row groups that hold no video of the share. Tenants may be read: one value a row group. */
async function columnsElsewhere(
  database: Database,
  path: string,
): Promise<readonly [from: number, to: number][]> {
  const found = await database.use((connection) =>
    connection.runAndReadAll(`
      WITH columns AS (FROM parquet_metadata(${literal(path)})), elsewhere AS (
        SELECT row_group_id FROM columns
        WHERE path_in_schema = 'video_id' AND stats_max_value < ${literal(SHARE.from!.videoId)}
      )
      SELECT if(dictionary_page_offset > 0, dictionary_page_offset, data_page_offset), total_compressed_size
      FROM columns SEMI JOIN elsewhere USING (row_group_id) WHERE path_in_schema <> 'tenant'`),
  )
  return found.getRows().map(([from, bytes]) => [Number(from), Number(from) + Number(bytes)])
}

test('a recount of a range of series reads no row group that holds none of it', async () => {
  await using directory = await archiveDirectory()
  const events = Array.from({ length: EVENTS }, (_, i) => {
    return eventOf({ id: `e${i}`, videoId: nameOf(i % VIDEOS), offset: i })
  })
  await directory.archive.store(batchOf('a-0', 'events', events))
  const [key] = await directory.rawKeys()
  const path = join(directory.path, key!)
  const scratchDirectory = join(directory.path, 'scratch-of-test')
  const database = await Database.open({ scratchDirectory, memoryMiB: 512, threads: 1 })
  try {
    const elsewhere = await columnsElsewhere(database, path)
    assert.ok(elsewhere.length > 3 * COLUMNS_LEAST, 'of several row groups')
    const bytes = await readFile(path)
    for (const [from, to] of elsewhere) bytes.fill(0xff, from, to)
    await writeFile(path, bytes)
    const count = (range: SeriesRange) =>
      database.use(async (connection) => {
        await connection.run(CREATE_RECOUNTED)
        await connection.run(recountSql([path], [DAY], QUESTION, range))
        return (
          await connection.runAndReadAll(`SELECT count(*), sum("count") FROM ${RECOUNTED}`)
        ).getRows()[0]!
      })
    assert.deepEqual((await count(SHARE)).map(Number), [10, EVENTS / 10])
    await assert.rejects(count(ALL_SERIES))
  } finally {
    await database.close()
  }
})
