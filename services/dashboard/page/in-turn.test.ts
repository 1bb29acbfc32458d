import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurn } from './in-turn.ts'

test('a question begins when the one before has ended, well or not', async () => {
  const turn = inTurn()
  const order: string[] = []
  const held = Promise.withResolvers<void>()
  const first = turn(async () => {
    order.push('first begins')
    await held.promise
    order.push('first ends')
    throw new Error('no')
  })
  const second = turn(async () => order.push('second begins'))
  held.resolve()
  await assert.rejects(first, /no/)
  await second
  assert.deepEqual(order, ['first begins', 'first ends', 'second begins'])
})
