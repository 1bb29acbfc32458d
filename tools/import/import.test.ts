import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ProblemError } from '../../lib/http/problem.ts'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../model/bucket.ts'
import { LOT_BYTES_MAX } from '../../services/reconciler/operators/imports.ts'
import { DAY } from '../../testing/archive-fixture.ts'
import { imported, SCREEN, withWorld } from '../../testing/import-fixture.ts'
import { parseOptions } from './import-options.ts'
import { run } from './run-import.ts'

const lineOf = (i: number, more: object = {}) =>
  JSON.stringify({ id: `e${i}`, videoId: 'v1', type: 'view', time: (DAY + (i % 1_440)) * MINUTE_MS, ...more })
const events = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, i) => lineOf(i, more)).join('\n')

/** Attributes of 4 KB. */
const LARGE = {
  attributes: Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, 'x'.repeat(250)])),
}
/** Large events that are more than two lots. */
const COUNT = Math.ceil((2.1 * LOT_BYTES_MAX) / lineOf(0, LARGE).length)

test('imports a file of many lots once, however often it is imported', () =>
  withWorld(async (world, directory) => {
    const file = join(directory, 'events.ndjson.gz')
    await writeFile(file, gzipSync(events(COUNT, LARGE)))
    const first = await imported(world, file)
    assert.equal(first.whole, true)
    assert.match(
      first.lines.join('\n'),
      new RegExp(`: ${COUNT} events stored, 0 events refused, 0 rows unreadable$`, 'm'),
    )
    const second = await imported(world, file)
    assert.match(
      second.lines.join('\n'),
      new RegExp(`was imported before \\(${COUNT} events stored, .*\\): nothing changes`),
    )
    await world.run(DAY + MINUTES_PER_DAY)
    assert.equal(await world.rollup('day', DAY), COUNT)
  }))

test('goes on where an import was broken off', () =>
  withWorld(async (world, directory) => {
    const file = join(directory, 'events.ndjson')
    await writeFile(file, events(COUNT, LARGE))
    const { store } = world.archive
    let stored = 0
    world.archive.store = (batch) => {
      if (stored > 0) return Promise.reject(new ProblemError({ type: 'invalid-request', detail: 'not now' }))
      stored = batch.events.length
      return store.call(world.archive, batch)
    }
    await assert.rejects(imported(world, file), /answers 400: .*not now/)
    world.archive.store = store
    const { lines } = await imported(world, file)
    assert.ok(lines.includes(`${file}: goes on at row ${stored}`), lines.join('\n'))
    await world.run(DAY + MINUTES_PER_DAY)
    assert.equal(await world.rollup('day', DAY), COUNT)
  }))

test('events may be large, and a lot is bounded by its bytes', () =>
  withWorld(async (world, directory) => {
    const file = join(directory, 'large.ndjson')
    await writeFile(file, events(20_000, LARGE))
    const { whole } = await imported(world, file)
    assert.equal(whole, true)
    await world.run(DAY + MINUTES_PER_DAY)
    assert.equal(await world.rollup('day', DAY), 20_000)
  }))

test('a proxy that takes less than the server does not stop an import', () =>
  withWorld(async (world, directory) => {
    world.app.addHook('preParsing', async (request) => {
      if (Number(request.headers['content-length']) > 1 << 20)
        throw new ProblemError({ type: 'body-too-large', detail: 'at most 1 MiB here' })
    })
    const file = join(directory, 'events.ndjson')
    await writeFile(file, events(20_000))
    assert.equal((await imported(world, file)).whole, true)
    await world.run(DAY + MINUTES_PER_DAY)
    assert.equal(await world.rollup('day', DAY), 20_000)
  }))

test('maps the columns of a CSV file, and tells of bad rows by their line', () =>
  withWorld(async (world, directory) => {
    const file = join(directory, 'views.csv')
    const at = new Date(DAY * MINUTE_MS).toISOString()
    await writeFile(file, `film,when\nv1,${at}\nv1,${at}\nv1,yesterday\n,${at}\n`)
    const { whole, lines } = await imported(world, file, '--columns', 'videoId=film,time=when')
    assert.equal(whole, false)
    assert.match(lines.join('\n'), /: 2 events stored, 0 events refused, 2 rows unreadable/)
    assert.match(
      lines.join('\n'),
      /line 4: the time "yesterday" is unreadable\n.*line 5: videoId is required/,
    )
    await world.run(DAY + 60)
    assert.equal(await world.rollup('hour', DAY), 2)
  }))

test('tells what the server refuses by the line of the file', () =>
  withWorld(async (world, directory) => {
    await world.ask(202, 'DELETE', 'videos/gone')
    const file = join(directory, 'events.ndjson')
    await writeFile(file, `\n${lineOf(1)}\n${lineOf(2, { videoId: 'gone' })}\n`)
    const { whole, lines } = await imported(world, file)
    assert.equal(whole, false)
    assert.match(lines.join('\n'), /1 event stored, 1 event refused(.|\n)*line 3: this video was removed/)
  }))

test('names every fault of the command line', () => {
  const args = ['--format', 'xml', '--preset', 'none', '--columns', 'videoId=a,time=b', '--url', 'x']
  const more = ['--encoding', 'ebcdic', '--time-unit', 'h', '--from', 'noon', '--to', '2001-01-01T00:00:00Z']
  assert.throws(
    () => parseOptions([...args, ...more, '--tenant', 'a b'], undefined),
    (error: Error) => {
      const words = ['name a file', '--url', '--format', '--preset', '--columns']
      for (const word of [
        ...words,
        '--encoding',
        '--time-unit',
        '--from must be',
        '--from must be before',
        '--tenant',
      ]) {
        assert.ok(error.message.includes(word), word)
      }
      return error.name === 'UsageFault'
    },
  )
  assert.equal(parseOptions(['a.csv'], 'key').key, 'key')
  assert.equal(parseOptions(['a.csv', '--encoding', 'latin1'], 'key').encoding, 'windows-1252')
})

test('says so where a file or the server is not there', () =>
  withWorld(async (world, directory) => {
    await assert.rejects(imported(world, join(directory, 'nothing.csv')), /cannot be read/)
    await assert.rejects(
      run(parseOptions([join(directory, 'x')], undefined), () => {}, SCREEN),
      /cannot be read/,
    )
  }))

test('a server that has never answered is asked once, before the files are read', () =>
  withWorld(async (_, directory) => {
    let asked = 0
    const silent = createServer((socket) => {
      asked++
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const file = join(directory, 'broken.parquet')
    await writeFile(file, 'not Parquet')
    const options = parseOptions([file, '--url', `http://127.0.0.1:${port}`], undefined)
    await assert.rejects(
      run(options, () => {}, SCREEN).finally(() => silent.close()),
      /127\.0\.0\.1:\d+ does not answer: /,
    )
    assert.equal(asked, 1)
  }))
