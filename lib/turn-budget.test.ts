import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { TurnBudget } from './turn-budget.ts'

test('tasks at once do no more in a turn than the budget, in their order, and all come through', async () => {
  const budget = new TurnBudget(10)
  const done: number[] = []
  const work = async (task: number) => {
    for (let i = 0; i < 3; i++) {
      await budget.take(4)
      done.push(task)
    }
  }
  const all = Promise.all(Array.from({ length: 20 }, (_, task) => work(task)))
  await setImmediate() // the turn that had begun
  const inTurns: number[] = []
  for (let before = done.length; done.length < 60; before = done.length) {
    await setImmediate()
    inTurns.push(done.length - before)
  }
  await all
  assert.ok(Math.max(...inTurns) <= 3, `${inTurns}`) // 4 + 4, and 4 that overdraw
  assert.deepEqual(
    done.slice(0, 20),
    Array.from({ length: 20 }, (_, task) => task),
  )
})

test('what fits into a turn waits for none', async () => {
  const budget = new TurnBudget(10)
  let turns = 0
  const counted = setImmediate().then(() => turns++)
  for (let i = 0; i < 10; i++) await budget.take(1)
  assert.equal(turns, 0)
  await counted
})

test('work that costs more than a turn has is done alone', async () => {
  const budget = new TurnBudget(10)
  await budget.take(1_000)
  let isDone = false
  const second = budget.take(1).then(() => {
    isDone = true
  })
  await Promise.resolve()
  assert.equal(isDone, false)
  await second
})
