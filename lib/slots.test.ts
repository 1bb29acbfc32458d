import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Slots } from './slots.ts'

test('only so many tasks run at once', async () => {
  const slots = new Slots(2)
  let running = 0
  let most = 0
  const task = async () => {
    most = Math.max(most, ++running)
    await setImmediate()
    running--
  }
  await Promise.all(Array.from({ length: 7 }, () => slots.use(task)))
  assert.deepEqual({ most, running }, { most: 2, running: 0 })
})

test('with one slot tasks run one after the other, also after one that failed', async () => {
  const slots = new Slots(1)
  const seen: string[] = []
  const task = (name: string) =>
    slots.use(async () => {
      seen.push(`${name} begins`)
      await setImmediate()
      seen.push(`${name} ends`)
      if (name === 'b') throw new Error('b failed')
      return name
    })
  const ended = await Promise.allSettled(['a', 'b', 'c'].map(task))
  assert.deepEqual(seen, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  assert.deepEqual(
    ended.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.equal(await slots.use(() => Promise.resolve('d')), 'd')
})

test('what throws at once gives its slot back', async () => {
  const slots = new Slots(1)
  await assert.rejects(
    slots.use(() => {
      throw new Error('at once')
    }),
    /at once/,
  )
  assert.equal(await slots.use(() => Promise.resolve(1)), 1)
})
