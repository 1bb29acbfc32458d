// Raw events are purged only when nothing that was acknowledged may still come to their hour.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALL_HANDED_OVER } from '../../stores/log/handed-over.ts'
import { bytesOf } from '../../testing/event-fixture.ts'
import { HOUR, RecountedHour } from '../../testing/recounted-hour.ts'

test('no hour is purged while late events wait to be archived', async () => {
  const world = new RecountedHour()
  await world.begin()
  await world.log.append('events-late', 0, bytesOf(['v1:late@12:00:00']))
  await world.grownOld()
  assert.deepEqual(await world.held(), [HOUR])
  world.layer.own(await world.log.sources('events-late'))
  await world.counted(2)
  await world.grownOld() // its files are merged, and young again
  await world.grownOld()
  assert.deepEqual(await world.held(), [])
  assert.equal(await world.rollup('hour', HOUR), 2)
  await world.end()
})

test('no hour is purged while events may wait on the disk of a partitioner that is silent', async () => {
  const world = new RecountedHour()
  await world.begin()
  world.handedOver = { ...ALL_HANDED_OVER, sureToMs: world.clock.nowMs() }
  await world.grownOld()
  assert.deepEqual(await world.held(), [HOUR])
  world.handedOver = ALL_HANDED_OVER
  await world.grownOld()
  assert.deepEqual(await world.held(), [])
  await world.end()
})
