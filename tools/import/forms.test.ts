// The formats of files: compression, encoding, units of times. Detected by content, and never silently wrong.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { csvToParquet } from '../../stores/archive/duckdb/csv-to-parquet.ts'
import type { AdminWorld } from '../../testing/admin-fixture.ts'
import { DAY } from '../../testing/archive-fixture.ts'
import { imported, viewsCounted, withWorld } from '../../testing/import-fixture.ts'
import { readTime, type TimeUnit } from './time-unit.ts'

const SECONDS = DAY * 60
const CSV = `videoId,time\nv1,${SECONDS}\nv1,${SECONDS + 1}\n`
const lineAt = (time: number) => `{"videoId":"v1","type":"view","time":${time}}\n`
const NDJSON = lineAt(SECONDS) + lineAt(SECONDS + 1)

/** Imports one file with this content; returns the output. */
async function importedAs(
  world: AdminWorld,
  directory: string,
  content: string | Buffer,
  ...flags: string[]
) {
  const file = join(directory, 'file.dat')
  await writeFile(file, content)
  const { lines, whole } = await imported(world, file, ...flags)
  return { said: lines.join('\n'), whole }
}

function refuses(name: string, content: string | Buffer, reason: RegExp, ...flags: string[]): void {
  test(name, () =>
    withWorld(async (world, directory) => {
      await assert.rejects(importedAs(world, directory, content, ...flags), reason)
      assert.equal(await viewsCounted(world), 0, 'nothing of it was sent')
    }),
  )
}

const FORMS: Readonly<Record<string, Buffer>> = {
  CSV: Buffer.from(CSV),
  'CSV with a byte order mark': Buffer.from(`\ufeff${CSV}`),
  'CSV in UTF-16, as spreadsheets write it': Buffer.from(`\ufeff${CSV}`, 'utf16le'),
  'CSV, gzip': gzipSync(CSV),
  'CSV, zstd': zstdCompressSync(CSV),
  'CSV, gzip twice': gzipSync(gzipSync(CSV)),
  NDJSON: Buffer.from(NDJSON),
  'NDJSON after blank lines': Buffer.from(`\n\n${NDJSON}`),
  'NDJSON, zstd': zstdCompressSync(NDJSON),
  'NDJSON, gzip in two parts': Buffer.concat([gzipSync(NDJSON.slice(0, 70)), gzipSync(NDJSON.slice(70))]),
}
for (const [form, content] of Object.entries(FORMS)) {
  test(`${form} is known by its content`, () =>
    withWorld(async (world, directory) => {
      const { said, whole } = await importedAs(world, directory, content)
      assert.ok(whole, said)
      assert.match(said, /times that are numbers are taken for seconds/)
      assert.equal(await viewsCounted(world), 2)
    }))
}

test('Parquet is known by its content, packed too', () =>
  withWorld(async (world, directory) => {
    const csv = join(directory, 'a.csv')
    await writeFile(csv, CSV)
    await csvToParquet(csv, join(directory, 'a'), { videoId: 'VARCHAR', time: 'BIGINT' })
    const parquet = await readFile(join(directory, 'a'))
    await importedAs(world, directory, gzipSync(parquet))
    assert.equal(await viewsCounted(world), 2)
    const { said } = await importedAs(world, directory, parquet)
    assert.match(said, /was imported before/)
  }))

test('reads standard input', () =>
  withWorld(async (world) => {
    const args = ['tools/import/main.ts', '-', '--url', await world.url(), '--no-wait']
    const command = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    command.stdin.end(zstdCompressSync(CSV))
    assert.match(await text(command.stdout), /-: 2 events stored/)
    assert.equal(await viewsCounted(world), 2)
  }))

refuses('a file that is packed otherwise is refused by name', Buffer.from('PK\x03\x04zip'), /packed as zip/)
refuses(
  'a file that was cut short is refused',
  gzipSync(CSV).subarray(0, -9),
  /cannot be read: unexpected end/,
)
refuses(
  'a JSON array is refused with what to do',
  '[{"videoId":"v1"}]',
  /a JSON array: write it as one object a line/,
)
refuses('an empty file is refused', '\n', /holds nothing/)
refuses(
  'lines that end with CR are no empty file',
  CSV.replaceAll('\n', '\r'),
  /line 1, the header: lines must end/,
)
refuses(
  'a header whose quote swallows all rows is refused',
  `"type,${CSV}`,
  /the header: a quote is never closed/,
)
refuses(
  'the form that is named goes before what is seen',
  CSV,
  /is not a Parquet file/,
  '--format',
  'parquet',
)

const LATIN = Buffer.from(`videoId,time\nv1,${SECONDS}\ncafé,${SECONDS}\n`, 'latin1')
refuses('bytes that are not UTF-8 are refused with their place', LATIN, /line 3, column 4: the bytes e9 2c/)
refuses(
  'half a character at the end is refused too',
  Buffer.from(`${CSV}é`).subarray(0, -1),
  /line 4, column 1/,
)
refuses(
  'text that is not of the encoding that was named is refused',
  Buffer.concat([Buffer.from(CSV, 'utf16le'), Buffer.from([0, 0xd8, 0, 0])]),
  /line 4: this is not utf-16le/,
  ...['--encoding', 'utf-16le'],
)

test('an encoding that is named is taken', () =>
  withWorld(async (world, directory) => {
    await importedAs(world, directory, LATIN, '--encoding', 'latin1')
    await world.run(DAY + 60)
    assert.equal(await world.rollup('hour', DAY, { tenant: '', videoId: 'café', type: 'view' }), 1)
  }))

test('U+FEFF is content but at the beginning of a file', () =>
  withWorld(async (world, directory) => {
    const odd = '\ufeffv'
    await importedAs(world, directory, `\ufeffvideoId,time\n${odd},${SECONDS}\n"${odd}",${SECONDS + 1}\n`)
    await importedAs(world, directory, NDJSON.replaceAll('v1', odd).replace(`${SECONDS}}`, `${SECONDS + 2}}`))
    await writeFile(join(directory, 'a.csv'), `videoId,time\n${odd},${SECONDS + 5}\n`)
    await csvToParquet(join(directory, 'a.csv'), join(directory, 'b'), { videoId: 'VARCHAR', time: 'BIGINT' })
    await imported(world, join(directory, 'b'))
    await world.run(DAY + 60)
    assert.equal(await world.rollup('hour', DAY, { tenant: '', videoId: odd, type: 'view' }), 4)
  }))

const UNITS: readonly (readonly [string, string])[] = [
  [String(SECONDS), 'seconds'],
  [`${SECONDS}.25`, 'seconds'],
  [`${SECONDS}000`, 'milliseconds'],
  [`${SECONDS}000.7`, 'milliseconds'],
  [`${SECONDS}000000`, 'microseconds'],
  [`${SECONDS}000000000`, 'nanoseconds'],
  [`${SECONDS + 59}999999999`, 'nanoseconds'],
]
for (const [time, unit] of UNITS) {
  test(`${time} are ${unit}, in CSV and in NDJSON`, () =>
    withWorld(async (world, directory) => {
      const { said } = await importedAs(world, directory, `videoId,time\nv1,${time}\n`)
      assert.match(said, new RegExp(`taken for ${unit}`))
      const again = await importedAs(world, directory, `{"videoId":"v1","type":"view","time":${time}}`)
      assert.match(again.said, /was imported before \(1 event stored,/)
      await world.run(DAY + 60)
      assert.equal(await world.minute(DAY), 1)
    }))
}

refuses(
  'a file that mixes units is refused with its lines',
  `videoId,time\nv1,${SECONDS}\nv1,2023-11-14T00:00:00Z\nv1,${SECONDS}000\nv1,${SECONDS}001\n`,
  /mixes units of time: seconds \(line 2 …\) and milliseconds \(line 4, 5 …\)/,
)

test('times outside the bounds are refused by line, and the bounds can be moved', () =>
  withWorld(async (world, directory) => {
    const rows = `videoId,time\nv1,1970-01-21T08:47:38Z\nv1,2999-01-01T00:00:00Z\nv1,${SECONDS}\nv1,12\n`
    const { said, whole } = await importedAs(world, directory, rows)
    assert.equal(whole, false)
    assert.match(said, /line 2: the time 1970-01-21T08:47:38.000Z is before --from 2005-01-01T00:00:00.000Z/)
    assert.match(said, /line 3: the time 2999-01-01T00:00:00.000Z is not before --to/)
    assert.match(said, /line 5: the time 1970-01-01T00:00:12.000Z is before --from/)
    assert.match(said, /1 event stored, 0 events refused, 3 rows unreadable/)
    const wrong = await importedAs(world, directory, CSV, '--time-unit', 'ms')
    assert.match(wrong.said, /no valid row: 0 events refused, 2 rows unreadable/)
    const old = `videoId,time\nv1,1999-01-01T00:00:00Z\n`
    assert.equal((await importedAs(world, directory, old, '--from', '1990-01-01T00:00:00Z')).whole, true)
  }))

test('times are cut to the millisecond, downwards', () => {
  const check = (text: string, unit: TimeUnit | null, expected: number | null) =>
    assert.equal(readTime(text, unit)?.timeMs ?? null, expected, text)
  check('1759658400.0019', null, 1_759_658_400_001)
  check('-0.0001', 's', -1)
  check('-1', 's', -1_000)
  check('-1', 'us', -1)
  check('-1000', 'us', -1)
  check('1759658400123456789', null, 1_759_658_400_123)
  check('0', 'ns', 0)
  check('1e9', null, null)
  check('1_000', null, null)
  check('99999999999999999999', 's', null)
  check('2016-12-31T23:59:60Z', null, Date.parse('2016-12-31T23:59:59Z'))
})
