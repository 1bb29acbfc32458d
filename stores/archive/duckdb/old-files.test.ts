// Files that an older release wrote lack the columns that came later.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { archiveDirectory } from '../../../testing/archive-directory.ts'
import {
  AHEAD_MS,
  batchOf,
  countsOf,
  DAY,
  eventOf,
  HORIZON_MS,
  questionOf,
  viewerSha256,
} from '../../../testing/archive-fixture.ts'
import { makeOld, query } from './make-old-contract.ts'

const question = questionOf([DAY])
const range = { from: DAY, to: DAY + 60, horizonMs: HORIZON_MS, aheadMs: AHEAD_MS, formulaGuard: false }

test('files without sources are counted, merged, rewritten and exported beside those that have them', async () => {
  await using directory = await archiveDirectory()
  const { archive, path } = directory
  await archive.store(batchOf('old-0', 'events', [eventOf({ id: 'a', viewerId: 'u' }), eventOf({ id: 'b' })]))
  await makeOld(directory)
  assert.deepEqual(await countsOf(archive, question), ['v1 view 0: 2/2'])
  const columns = (await query(`DESCRIBE FROM '${join(path, (await directory.rawKeys())[0]!)}'`)).flat()
  assert.ok(columns.includes('log_time_ms') && !columns.includes('event_source'))

  const sources = ['/a', '/b', null]
  const named = sources.map((source, i) => eventOf({ id: 'a', source, offset: 5 + i }))
  await archive.store(batchOf('new-0', 'events', named))
  // The one without a source is a copy of the old one.
  assert.deepEqual(await countsOf(archive, question), ['v1 view 0: 4/4'])
  const exported = async () => {
    const file = join(path, 'out.parquet')
    await archive.exportRaw({ ...range, format: 'parquet' }, file)
    return query(`SELECT id, event_source FROM '${file}' ORDER BY log_offset, id`)
  }
  const rows = [
    ['a', null],
    ['b', null],
    ['a', '/a'],
    ['a', '/b'],
  ]
  assert.deepEqual(await exported(), rows)
  assert.equal(await archive.forgetViewer('', viewerSha256('u')), 1)
  assert.deepEqual(await countsOf(archive, question), ['v1 view 0: 4/4'])
  assert.deepEqual(await archive.compact(DAY + 1_440), { files: 2, into: 1 })
  assert.deepEqual(await exported(), rows)
  assert.deepEqual(await countsOf(archive, question), ['v1 view 0: 4/4'])
  assert.deepEqual(await archive.removeVideo('', 'v1', DAY + 60), { events: 5, hours: [DAY] })
})

test('hours of which only old files are held are read', async () => {
  await using directory = await archiveDirectory()
  await directory.archive.store(batchOf('old-0', 'events', [eventOf({ id: 'a' })]))
  await makeOld(directory)
  const file = join(directory.path, 'out.csv')
  assert.equal(await directory.archive.exportRaw({ ...range, format: 'csv' }, file), 1)
  assert.deepEqual(await countsOf(directory.archive, question), ['v1 view 0: 1/1'])
})
