import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapBounded } from './map-bounded.ts'

test('results are in the order of the items, and no more are in flight than may be', async () => {
  let inFlight = 0
  let most = 0
  const ends = [5, 1, 4, 2, 3]
  const results = await mapBounded(ends, 2, async (turns) => {
    most = Math.max(most, ++inFlight)
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
    inFlight--
    return turns * 10
  })
  assert.deepEqual([results, most], [[50, 10, 40, 20, 30], 2])
})

test('nothing is begun after a rejection', async () => {
  const begun: number[] = []
  const mapped = mapBounded([0, 1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item)
    await new Promise(setImmediate)
    if (item === 1) throw new Error('no')
    await new Promise(setImmediate)
  })
  await assert.rejects(mapped, /no/)
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual(begun, [0, 1])
})

test('no items are no results', async () => {
  assert.deepEqual(await mapBounded([], 2, async () => 1), [])
})
