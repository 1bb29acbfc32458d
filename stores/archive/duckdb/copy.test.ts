import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { atMinute, batchOf, DAY } from '../../../testing/archive-fixture.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { openLocalObjects } from '../../objects/local-objects.ts'
import { listForCopy } from './copy.ts'
import { openArchive } from './duckdb-archive.ts'
import { hoursHeld } from './hours-held.ts'

test('a copy of the archive consists of all that it stored', async () => {
  await using directory = await temporaryDirectory()
  const objects = await openLocalObjects(join(directory.path, 'objects'))
  const scratchDirectory = join(directory.path, 'scratch')
  const archive = await openArchive({ objects, scratchDirectory, memoryMiB: 64, threads: 1 })
  await archive.store(batchOf('a-0', 'events', [atMinute(DAY, { attributes: '{"country":"DE"}' })]))
  await archive.writeCheckpoint('a-0', { nextOffset: 1, logTimeMs: DAY * MINUTE_MS, missingBeforeMs: 0 })
  const [hours, dimensions] = [[DAY], ['country']]
  await archive.rollUpDimensions({ hours, dimensions, valuesMax: 9, horizonMs: 0, aheadMs: 0 })
  const { checkpoints, files } = await listForCopy(objects)
  const marks = (await archive.holdings()).map(({ hour, mark }) => [hour, mark] as const)
  assert.deepEqual(hoursHeld(files).marks, new Map(marks), 'a copy tells the same marks')
  await archive.close()
  const stored = (await objects.list('')).map(({ key }) => key).sort()
  assert.deepEqual(new Set(stored.map((key) => key.split('/')[0])).size, 4, stored.join())
  assert.deepEqual([...checkpoints, ...files].map(({ key }) => key).sort(), stored)
})
