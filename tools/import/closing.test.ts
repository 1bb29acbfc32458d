import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { MINUTE_MS } from '../../model/bucket.ts'
import type { AdminWorld } from '../../testing/admin-fixture.ts'
import { DAY } from '../../testing/archive-fixture.ts'
import { imported, importedAndCounted, withWorld } from '../../testing/import-fixture.ts'

/** `id minute` each. */
function rows(...events: readonly string[]): string {
  const lines = events.map((event) => {
    const [id, minute] = event.split(' ')
    return JSON.stringify({
      id,
      videoId: 'v1',
      type: 'view',
      time: new Date(Number(minute) * MINUTE_MS).toISOString(),
    })
  })
  return lines.join('\n')
}

function nowMinute(world: AdminWorld): number {
  return Math.floor(world.clock.nowMs() / MINUTE_MS)
}

async function written(directory: string, name: string, content: string): Promise<string> {
  const file = join(directory, name)
  await writeFile(file, content)
  return file
}

test('what is of closed minutes is told as counted', () =>
  withWorld(async (world, directory) => {
    const file = await written(directory, 'a.ndjson', rows(`a ${DAY}`, `b ${DAY + 1}`, `c ${DAY + 70}`))
    const { whole, lines } = await importedAndCounted(world, file)
    assert.equal(whole, true)
    assert.match(
      lines.at(-1)!,
      /^counted: all 3 events, each id once; the recount of 3 buckets in 2 hours took/,
    )
    assert.equal(await world.rollup('hour', DAY), 2)
  }))

test('what is of minutes that are not closed yet is told to be counted later, also when it is sent again', () =>
  withWorld(async (world, directory) => {
    const now = nowMinute(world)
    const recent = [`d ${now - 1}`, `e ${now}`]
    const file = await written(directory, 'a.ndjson', rows(`a ${DAY}`, ...recent))
    const old = await written(directory, 'b.ndjson', rows(`b ${DAY}`))
    for (const _ of ['first', 'again']) {
      const { lines } = await importedAndCounted(world, file, old)
      assert.match(lines.at(-2)!, /^counted: 2 of 4 events, each id once; /)
      assert.match(
        lines.at(-1)!,
        /^ {2}2 events are of minutes from 20\S+Z on, not closed yet: a later recount /,
      )
      assert.equal(await world.minute(now), 0)
    }
    world.clock.advance(30 * MINUTE_MS)
    const { lines } = await importedAndCounted(world, file, old)
    assert.match(lines.at(-1)!, /^counted: all 4 events/)
    assert.equal(await world.minute(now), 1)
  }))

test('where some rows were refused, it is not known which of those that are counted later were', () =>
  withWorld(async (world, directory) => {
    await world.ask(202, 'DELETE', 'videos/gone')
    const time = new Date(world.clock.nowMs() - MINUTE_MS).toISOString()
    const gone = JSON.stringify({ id: 'g', videoId: 'gone', type: 'view', time })
    const file = await written(directory, 'a.ndjson', `${rows(`a ${DAY}`, `b ${nowMinute(world)}`)}\n${gone}`)
    const { whole, lines } = await importedAndCounted(world, file)
    assert.equal(whole, false)
    assert.match(lines.at(-2)!, /^counted: at least 0 of 2 events/)
    assert.match(lines.at(-1)!, /^ {2}at most 2 events are of minutes/)
  }))

test('hours that cannot be recounted whole are told', () =>
  withWorld(async (world, directory) => {
    const file = await written(directory, 'a.ndjson', rows(`a ${DAY}`))
    world.archive.unreadable = async () => [{ hour: DAY, name: 'a.parquet', reason: 'cut' }]
    const { lines } = await importedAndCounted(world, file)
    assert.match(
      lines.at(-1)!,
      /^ {2}but for those of 1 hours? that could not be recounted whole: .*\/v1\/audit/,
    )
  }))

test('a command that does not wait says that nothing is known to be counted', () =>
  withWorld(async (world, directory) => {
    const { lines } = await imported(world, await written(directory, 'a.ndjson', rows(`a ${DAY}`)))
    assert.match(lines.at(-1)!, /^not waited for: /)
  }))

const NO_ROW = 'videoId,time\n'
const UNREADABLE = `${NO_ROW}v1,yesterday\n,2023-11-14T00:00:00Z\n`

test('a file without a valid row is told as such with its reasons, however often it is imported', () =>
  withWorld(async (world, directory) => {
    const files = ['a.csv', 'b.csv'].map((name) => written(directory, name, UNREADABLE))
    for (const file of [...(await Promise.all(files)), await files[0]!]) {
      const { whole, lines } = await importedAndCounted(world, file)
      assert.equal(whole, false)
      assert.deepEqual(lines, [
        `${file}: no valid row: 0 events refused, 2 rows unreadable`,
        '  line 2: the time "yesterday" is unreadable',
        '  line 3: videoId is required',
      ])
    }
  }))

test('a file whose every row the server refuses is told as such with its reasons, also when it is sent again', () =>
  withWorld(async (world, directory) => {
    await world.ask(202, 'DELETE', 'videos/v1')
    const file = await written(directory, 'a.ndjson', `\n${rows(`a ${DAY}`, `b ${DAY}`)}`)
    for (const _ of ['first', 'again']) {
      const { whole, lines } = await importedAndCounted(world, file)
      assert.equal(whole, false)
      assert.equal(lines[0], `${file}: no valid row: 2 events refused, 0 rows unreadable`)
      assert.match(lines[1]!, /^ {2}line 2: this video was removed/)
      assert.match(lines[2]!, /^ {2}line 3: this video was removed/)
      assert.equal(lines.length, 3)
    }
  }))

test('what was refused of a file that was imported before is told again', () =>
  withWorld(async (world, directory) => {
    await world.ask(202, 'DELETE', 'videos/gone')
    const gone = JSON.stringify({ id: 'g', videoId: 'gone', type: 'view', time: '2023-11-14T00:00:00Z' })
    const file = await written(directory, 'a.ndjson', `${rows(`a ${DAY}`)}\n${gone}`)
    await imported(world, file)
    const { whole, lines } = await imported(world, file)
    assert.equal(whole, false)
    assert.match(
      lines.join('\n'),
      /was imported before \(1 event stored, 1 event refused, 0 rows unreadable\): nothing changes\n {2}line 2: this/,
    )
  }))

test('a file without rows is told as such', () =>
  withWorld(async (world, directory) => {
    const file = await written(directory, 'a.csv', NO_ROW)
    assert.deepEqual(await importedAndCounted(world, file), { whole: true, lines: [`${file}: holds no row`] })
  }))
