// Rows without ids: each counts once, however the file comes again.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { MINUTE_MS } from '../../model/bucket.ts'
import { csvToParquet } from '../../stores/archive/duckdb/csv-to-parquet.ts'
import { DAY } from '../../testing/archive-fixture.ts'
import { countsAfter, imported, viewsCounted, withWorld } from '../../testing/import-fixture.ts'
import { digestOf, eventText, type FileEvent } from './event-text.ts'

const at = (second: number) => new Date(DAY * MINUTE_MS + second * 1_000).toISOString()
const csv = (...rows: string[]) => `videoId,time,viewerId\n${rows.join('\n')}\n`
const A = `v1,${at(1)},anna`
const B = `v1,${at(2)},ben`
const C = `v1,${at(3)},`

function check(
  name: string,
  files: Readonly<Record<string, string | Buffer>>,
  counts: readonly number[],
): void {
  test(name, () =>
    withWorld(async (world, directory) => {
      assert.deepEqual(await countsAfter(world, directory, files), counts)
    }),
  )
}

check(
  'a file that grew by a row counts that row alone',
  { 'a.csv': csv(A, B, C), 'b.csv': csv(A, B, C, `v1,${at(9)},`) },
  [3, 4],
)
check(
  'a file that is packed anew counts nothing again',
  {
    'a.csv': csv(A, B, C),
    'a.csv.gz': gzipSync(csv(A, B, C), { level: 1 }),
    'b.csv.gz': gzipSync(csv(A, B, C), { level: 9 }),
    'c.zst': zstdCompressSync(csv(A, B, C)),
  },
  [3, 3, 3, 3],
)
check(
  'a bad row that was mended counts, and its neighbours not again',
  {
    'a.csv': csv(A, 'v1,yesterday,', C),
    'b.csv': csv(A, B, C),
  },
  [2, 3],
)
check(
  'rows in another order, and with other columns, are the same rows',
  {
    'a.csv': csv(A, B, C),
    'b.csv': csv(C, A, B),
    'c.csv': `time,extra,viewerId,videoId\n"${at(2)}",x,"ben","v1"\r\n${at(1)},,anna,v1\r\n`,
  },
  [3, 3, 3],
)
check(
  'equal rows of a file count each, and its halves nothing more',
  {
    'whole.csv': csv(A, A, B, A, C),
    'half.csv': csv(A, A, B),
    'other.csv': csv(A, C),
  },
  [5, 5, 5],
)
const VIEW = '"type":"view","videoId":"v1"'
const ZONED = at(1).replace('Z', '+00:00')
check(
  'the form of a file does not matter',
  {
    'a.csv': `videoId,time,value,attributes\nv1,${at(1)},12.50,"{""b"":""2"",""a"":""1""}"\n`,
    'b.ndjson': `{ "attributes" : {"a":"1", "b":"2"}, "value": "12.5", ${VIEW} ,"time":${Date.parse(at(1))}}`,
    'c.ndjson': `{${VIEW},"time":"${ZONED}","value":12.500,"attributes":{"b":"2","a":"1"}}`,
  },
  [1, 1, 1],
)

test('a Parquet file names its rows as a CSV file does', () =>
  withWorld(async (world, directory) => {
    assert.deepEqual(await countsAfter(world, directory, { 'a.csv': csv(A, A, C) }), [3])
    const path = join(directory, 'a.parquet')
    await writeFile(join(directory, 'b.csv'), csv(C, A, A))
    const columns = { videoId: 'VARCHAR', time: 'TIMESTAMPTZ', viewerId: 'VARCHAR' }
    await csvToParquet(join(directory, 'b.csv'), path, columns)
    await imported(world, path)
    assert.equal(await viewsCounted(world), 3)
  }))

test('equal rows of different files count once, and that is told; as parts, or of different sets, each', () =>
  withWorld(async (world, directory) => {
    const files = [join(directory, 'a.csv'), join(directory, 'b.csv')]
    await writeFile(files[0]!, csv(A, B))
    await writeFile(files[1]!, csv(A, C))
    const { lines } = await imported(world, ...files)
    assert.match(lines[0]!, /^1 different rows without ids stand in several of these files/)
    assert.equal(await viewsCounted(world), 3)
    const parts = await imported(world, ...files, '--parts')
    assert.doesNotMatch(parts.lines.join('\n'), /stand in several/)
    assert.equal(await viewsCounted(world), 4)
    await imported(world, ...files, '--parts')
    await writeFile(join(directory, 'whole.csv'), csv(B, A, C, A))
    await imported(world, join(directory, 'whole.csv'))
    assert.equal(await viewsCounted(world), 4, 'the parts again, and the whole')
    await imported(world, files[0]!, '--set', 'server-2')
    assert.equal(await viewsCounted(world), 6)
  }))

test('reviews without ids count each event once', () =>
  withWorld(async (world, directory) => {
    const rows = (...some: string[]) => `reviewerId,vendorId,rating,date\n${some.join('\n')}\n`
    const files = { 'a.csv': rows(`u,v1,5,${at(1)}`), 'b.csv': rows(`w,v1,0,${at(1)}`, `u,v1,5,${at(1)}`) }
    assert.deepEqual(await countsAfter(world, directory, files), [2, 4])
  }))

const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary)
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 })
const fileEvent: fc.Arbitrary<FileEvent> = fc.record({
  id: fc.constant(null),
  tenant: fc.constantFrom('', 'a'),
  videoId: text,
  type: fc.constantFrom('view', 'like'),
  source: fc.constantFrom(null, '/a', '/b'),
  timeMs: fc.integer({ min: 0, max: 3 }),
  valueThousandths: nullable(fc.integer({ min: -2, max: 2 })),
  viewerId: nullable(text),
  channelId: nullable(text),
  attributes: nullable(fc.dictionary(text, text, { maxKeys: 2 }).map((pairs) => JSON.stringify(pairs))),
})

test('different events have different names', () => {
  fc.assert(
    fc.property(
      fileEvent,
      fileEvent,
      fc.constantFrom('', 'x'),
      fc.constantFrom('', 'x'),
      (a, b, setA, setB) => {
        const parts = ({ attributes, ...rest }: FileEvent, set: string) => {
          const pairs = attributes === null ? null : Object.entries(JSON.parse(attributes)).sort()
          return JSON.stringify([Object.entries(rest).sort(), pairs, set])
        }
        const same = parts(a, setA) === parts(b, setB)
        assert.equal(digestOf(eventText(a), setA) === digestOf(eventText(b), setB), same)
      },
    ),
  )
})
