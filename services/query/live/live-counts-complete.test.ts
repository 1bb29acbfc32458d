import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf, MINUTES_PER_DAY, minuteOf } from '../../../model/bucket.ts'
import { NOW, setUpLiveCounts, VIEWS } from '../../../testing/live-counts-world.ts'

test('a count says that it is not complete while lost counts are counted again, or the clock is behind', async () => {
  const { store, watch, state, pass } = setUpLiveCounts()
  await store(3)
  state.vouched = { fromMinute: Number.POSITIVE_INFINITY, toMs: 0 }
  const { all, watching } = watch()
  await watching.ready
  assert.deepEqual([all.at(-1)!.count, all.at(-1)!.isComplete], [3, false])
  state.vouched = { fromMinute: 100, toMs: Number.POSITIVE_INFINITY } // what was counted before is lost for good
  await pass(5_000)
  assert.equal(all.length, 1)
  const later = watch(VIEWS, 100)
  await later.watching.ready
  assert.equal(later.all.at(-1)!.isComplete, true)
  state.vouched = { fromMinute: Number.NEGATIVE_INFINITY, toMs: NOW - 1 }
  await pass(5_000)
  assert.equal(later.all.at(-1)!.isComplete, false)
  state.vouched = null
  state.importing = { from: 40, to: 60 }
  await pass(5_000)
  assert.deepEqual([all.at(-1)!.isComplete, later.all.at(-1)!.isComplete], [false, true])
  state.importing = null
  await pass(5_000)
  assert.equal(all.at(-1)!.isComplete, true)
})

test('what was read before imported events were counted is not called complete afterwards', async () => {
  const { store, watch, state, announce, pass } = setUpLiveCounts()
  const minute = minuteOf(NOW) - 10_000
  await store(3, minute)
  state.importing = { from: minute, to: minute + 1 }
  const { all, watching } = watch()
  await watching.ready
  await store(4, minute)
  state.importing = null
  await store(1)
  announce() // only what is recent is read again
  await pass(250)
  assert.deepEqual([all.at(-1)!.count, all.at(-1)!.isComplete], [4, false])
  await pass(5_000)
  assert.deepEqual([all.at(-1)!.count, all.at(-1)!.isComplete], [5, true])
})

test('an import that is counted while counts are read leaves them incomplete until they are read again', async () => {
  const { store, watch, state, pass } = setUpLiveCounts()
  await store(3)
  state.importing = { from: 0, to: minuteOf(NOW) }
  state.beforeRead = async () => {
    state.importing = null
  }
  const { all, watching } = watch()
  await watching.ready
  assert.equal(all.at(-1)!.isComplete, false)
  await pass(5_250)
  assert.equal(all.at(-1)!.isComplete, true)
})

test('a count says so where it begins inside a period of which only the whole is still kept', async () => {
  const { store, watch, state, pass } = setUpLiveCounts()
  const day = dayOf(minuteOf(NOW)) - 20 * MINUTES_PER_DAY
  const froms = [0, day, day + 15, day + 7, day + MINUTES_PER_DAY - 1]
  await store(1, day + 10)
  const watched = froms.map((from) => watch(VIEWS, from))
  const complete = () => watched.map(({ all }) => all.at(-1)!.isComplete)
  await Promise.all(watched.map(({ watching }) => watching.ready))
  assert.deepEqual(complete(), [true, true, true, true, true])
  state.kept = { minutesFrom: day + MINUTES_PER_DAY, hoursFrom: day - MINUTES_PER_DAY }
  await pass(5_000)
  assert.deepEqual(complete(), [true, true, true, false, false])
  state.kept = { minutesFrom: day + 2 * MINUTES_PER_DAY, hoursFrom: day + MINUTES_PER_DAY }
  await pass(5_000)
  assert.deepEqual(complete(), [true, true, false, false, false])
})
