import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { DAY } from '../../services/adapters/archive/archive-fixture.ts'
import { temporaryDirectory } from '../../services/adapters/temporary-directory.ts'
import { ProblemError } from '../../services/http/problem.ts'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../services/model/bucket.ts'
import { AdminWorld } from '../../services/reconciler/admin-fixture.ts'
import { LOT_ROWS, lotsOf } from './lots.ts'
import { parseOptions } from './options.ts'
import { run } from './run.ts'

const SCREEN = { isTTY: false, write: () => true }

/** A server whose days are closed, and a directory for files. */
async function withWorld(work: (world: AdminWorld, directory: string) => Promise<void>): Promise<void> {
  await using directory = await temporaryDirectory()
  const world = new AdminWorld((DAY + 3 * MINUTES_PER_DAY) * MINUTE_MS, join(directory.path, 'scratch'))
  await work(world, directory.path).finally(() => world.app.close())
}

async function imported(world: AdminWorld, ...args: string[]) {
  const lines: string[] = []
  const options = parseOptions([...args, '--url', await world.url(), '--no-wait'], undefined)
  const whole = await run(options, (line) => lines.push(line), SCREEN)
  return { whole, lines }
}

const events = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({ id: `e${i}`, videoId: 'v1', type: 'view', time: (DAY + (i % 1_440)) * MINUTE_MS }),
  ).join('\n')

test('imports a file of many lots once, however often it is imported', () =>
  withWorld(async (world, directory) => {
    const file = join(directory, 'events.ndjson.gz')
    const count = LOT_ROWS + 3
    await writeFile(file, gzipSync(events(count)))
    const first = await imported(world, file)
    assert.equal(first.whole, true)
    assert.match(first.lines[0]!, new RegExp(`: ${count} events stored, 0 refused, 0 rows unreadable$`))
    const second = await imported(world, file)
    assert.match(second.lines[0]!, /was imported before \(20003 events\): nothing changes/)
    await world.run(DAY + MINUTES_PER_DAY)
    assert.equal(await world.rollup('day', DAY), count)
  }))

test('goes on where an import was broken off', () =>
  withWorld(async (world, directory) => {
    const file = join(directory, 'events.ndjson')
    await writeFile(file, events(LOT_ROWS + 3))
    const { store } = world.archive
    let stores = 0
    world.archive.store = (batch) => {
      if (++stores > 1)
        return Promise.reject(new ProblemError({ type: 'invalid-request', detail: 'not now' }))
      return store.call(world.archive, batch)
    }
    await assert.rejects(imported(world, file), /answers 400: .*not now/)
    world.archive.store = store
    const { lines } = await imported(world, file)
    assert.match(lines[0]!, /goes on at row 20000/)
    await world.run(DAY + MINUTES_PER_DAY)
    assert.equal(await world.rollup('day', DAY), LOT_ROWS + 3)
  }))

test('maps the columns of a CSV file, names rows by their line, and tells of bad ones', () =>
  withWorld(async (world, directory) => {
    const file = join(directory, 'views.csv')
    const at = new Date(DAY * MINUTE_MS).toISOString()
    await writeFile(file, `film,when\nv1,${at}\nv1,${at}\nv1,yesterday\n,${at}\n`)
    const { whole, lines } = await imported(world, file, '--columns', 'videoId=film,time=when')
    assert.equal(whole, false)
    assert.match(lines[0]!, /: 2 events stored/)
    assert.ok(lines.length > 2, 'the bad rows have reasons')
    await world.run(DAY + 60)
    assert.equal(await world.rollup('hour', DAY), 2)
  }))

test('cuts the same file into the same lots', async () => {
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'events.ndjson')
  await writeFile(file, `${events(LOT_ROWS * 2 + 1)}\n\n`)
  const options = parseOptions([file], undefined)
  const lots = await Array.fromAsync(lotsOf(file, 'ndjson', options, 'name'))
  assert.deepEqual(
    lots.map(({ lines }) => lines.length),
    [LOT_ROWS, LOT_ROWS, 1],
  )
})

test('names every fault of the command line', () => {
  const args = ['--format', 'xml', '--preset', 'none', '--columns', 'videoId=a,time=b', '--url', 'x']
  assert.throws(
    () => parseOptions(args, undefined),
    (error: Error) => {
      for (const words of ['name a file', '--url', '--format', '--preset', '--columns']) {
        assert.ok(error.message.includes(words), words)
      }
      return error.name === 'ImportFault'
    },
  )
  assert.equal(parseOptions(['a.csv'], 'key').key, 'key')
})

test('says so where a file or the server is not there', () =>
  withWorld(async (world, directory) => {
    await assert.rejects(imported(world, join(directory, 'nothing.csv')), /cannot be read/)
    await assert.rejects(
      run(parseOptions([join(directory, 'x')], undefined), () => {}, SCREEN),
      /cannot be read/,
    )
  }))
