// Minutes that were closed and are open again are told once: the stream may count what is corrected already.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BATCH_SETTINGS } from '../../testing/batch-world.ts'
import { HOUR, RecountedHour } from '../../testing/recounted-hour.ts'

test('a run that finds fewer minutes closed than the one before says so, once', async () => {
  const world = new RecountedHour()
  await world.begin()
  const told = () => world.errors.filter((text) => text.includes('open again'))
  await world.someRuns()
  assert.deepEqual(told(), [])
  const noted = (await world.rollups.readReconciled())!
  const { horizonMs } = BATCH_SETTINGS
  assert.deepEqual(noted.closed, { toMinute: noted.imports!.closedTo, horizonMs })
  const imports = { held: [], closedTo: HOUR + 10_000 }
  const closed = { toMinute: HOUR + 10_000, horizonMs: horizonMs - 1 }
  await world.rollups.writeReconciled({ ...noted, version: noted.version + 1, imports, closed })
  await world.someRuns()
  assert.deepEqual((await world.rollups.readReconciled())!.closed, closed, 'until as much is closed again')
  assert.equal(told().length, 1)
  await world.end()
})
