import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { MINUTE_MS } from '../../model/bucket.ts'
import { PROBE_SERIES } from '../../model/probe.ts'
import { readParquetRows } from '../../stores/archive/duckdb/read-parquet.ts'
import { AdminWorld } from '../../testing/admin-fixture.ts'
import { DAY } from '../../testing/archive-fixture.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { parseOptions } from './export-options.ts'
import { run } from './run-export.ts'

const RANGE = ['--from', String(DAY * MINUTE_MS), '--to', String((DAY + 60) * MINUTE_MS)]

/** Runs the command against a new server. */
async function exported(world: AdminWorld, out: string, ...args: string[]): Promise<string[]> {
  const lines: string[] = []
  const options = parseOptions([...RANGE, '--out', out, '--url', await world.url(), ...args], undefined)
  await run(options, (line) => lines.push(line))
  return lines
}

test('writes counts and raw events into files, by the format that their names tell', async () => {
  await using directory = await temporaryDirectory()
  const world = new AdminWorld((DAY + 60) * MINUTE_MS, join(directory.path, 'scratch'))
  await world.streamed(DAY, 3)
  await world.streamed(DAY, 9, { tenant: '', ...PROBE_SERIES })
  const counts = join(directory.path, 'counts.csv')
  const lines = await exported(world, counts, '--resolution', 'minute')
  assert.match(lines[0]!, /counts\.csv: \d+ bytes/)
  assert.match(await readFile(counts, 'utf8'), /^[^\r]+\r\n,v1,view,2023-11-14T00:00:00Z,3,0,0.000,,\r\n$/)
  const raw = join(directory.path, 'raw.parquet')
  await exported(world, raw, '--raw')
  assert.equal(await readFile(raw, 'utf8'), `parquet of ${DAY} to ${DAY + 60}`)
  await exported(world, join(directory.path, 'raw.jsonl'), '--raw')
  assert.equal(await readFile(join(directory.path, 'raw.jsonl'), 'utf8'), `ndjson of ${DAY} to ${DAY + 60}`)
  const plain = join(directory.path, 'raw.csv')
  await exported(world, plain, '--raw', '--bom', '--no-formula-guard')
  assert.equal(await readFile(plain, 'utf8'), `\ufeffcsv of ${DAY} to ${DAY + 60} unguarded`)
  await world.app.close()
})

test('counts are safe to open in a spreadsheet, and as they are where that is asked for', async () => {
  await using directory = await temporaryDirectory()
  const world = new AdminWorld((DAY + 60) * MINUTE_MS, join(directory.path, 'scratch'))
  await world.streamed(DAY, 3, { tenant: '-t', videoId: '＝cmd', type: 'view' })
  const csv = join(directory.path, 'counts.csv')
  await exported(world, csv, '--bom')
  assert.match(await readFile(csv, 'utf8'), /^\ufefftenant,.*\r\n'-t,'＝cmd,view,2023-11-14T00:00:00Z,3,/)
  await exported(world, csv, '--no-formula-guard')
  assert.match(await readFile(csv, 'utf8'), /^tenant,.*\r\n-t,＝cmd,view,/)
  const parquet = join(directory.path, 'counts.parquet')
  await exported(world, parquet)
  const rows = (await Array.fromAsync(readParquetRows(parquet))).flat()
  assert.deepEqual([rows[0]?.object.tenant, rows[0]?.object.video_id], ['-t', '＝cmd'])
  await world.app.close()
})

test('leaves no file where the server says no, or is away', async () => {
  await using directory = await temporaryDirectory()
  const keys = keyRing(undefined, 'root')
  const world = new AdminWorld(0, join(directory.path, 'scratch'), keys)
  const out = join(directory.path, 'out.csv')
  await assert.rejects(exported(world, out), /answers 401: .*API key/)
  await exported(world, out, '--key', 'root')
  const url = await world.url()
  await world.app.close()
  const options = parseOptions([...RANGE, '--out', join(directory.path, 'x.csv'), '--url', url], undefined)
  await assert.rejects(
    run(options, () => {}),
    /does not answer: .*ECONNREFUSED/,
  )
  assert.deepEqual((await readdir(directory.path)).sort(), ['out.csv', 'scratch'])
})

test('names every fault of the command line', () => {
  const all = ['--raw', '--counts', '--resolution', 'week', '--format', 'xml', '--url', 'ftp://x']
  assert.throws(() => parseOptions(all, undefined), {
    name: 'UsageFault',
    message: [
      '--resolution must be one of hour, day, minute',
      '--format must be one of parquet, csv, ndjson',
      '--url must be an http or https URL',
      '--from is needed',
      '--to is needed',
      '--out is needed',
      '--raw does not go with --counts',
      '--resolution does not go with --raw',
    ].join('\n'),
  })
  assert.throws(() => parseOptions(['--colour'], undefined), /colour/)
  const counts = [...RANGE, '--out', 'a.ndjson', '--bom']
  assert.throws(
    () => parseOptions(counts, undefined),
    /ndjson goes only with --raw\n--bom goes only with CSV/,
  )
  assert.equal(parseOptions([...RANGE, '--out', 'a.parquet'], 'k').key, 'k')
})
