import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { WeightedSlots } from './weighted-slots.ts'

async function run(weights: readonly number[], weightMax: number) {
  const slots = new WeightedSlots(weightMax)
  const order: number[] = []
  let weight = 0
  let most = 0
  const results = weights.map((own, at) =>
    slots.use(own, async () => {
      order.push(at)
      weight += own
      most = Math.max(most, weight)
      await setImmediate()
      weight -= own
      if (own === 7) throw new Error('seven')
    }),
  )
  const ended = await Promise.allSettled(results)
  return { order, most, failed: ended.filter(({ status }) => status === 'rejected').length }
}

test('tasks run together as far as their weights allow, in their order, whether they fail or not', async () => {
  const { order, most, failed } = await run([4, 4, 3, 7, 1, 1, 9, 2], 10)
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7])
  assert.equal(failed, 1)
  assert.ok(most <= 10, String(most))
})

test('a task that weighs more than all may runs alone', async () => {
  const { order, most } = await run([1, 50, 1], 10)
  assert.deepEqual([order, most], [[0, 1, 2], 50])
})
