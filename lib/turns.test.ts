import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Turns } from './turns.ts'

test('others have a turn whenever enough was spent, and not before', async () => {
  const turns = new Turns(10)
  const order: string[] = []
  for (const cost of [9, 1, 9, 30]) {
    const others = setImmediate().then(() => order.push('others'))
    await turns.after(cost)
    order.push(String(cost))
    await others
  }
  assert.deepEqual(order, ['9', 'others', 'others', '1', '9', 'others', 'others', '30'])
})

test('short steps ask whether a turn is due, and one that was given starts anew', async () => {
  const turns = new Turns(10)
  assert.deepEqual(
    [4, 5].map((cost) => turns.isDueAfter(cost)),
    [false, false],
  )
  assert.equal(turns.isDueAfter(1), true)
  let others = 0
  void setImmediate().then(() => others++)
  await turns.next()
  assert.equal(others, 1)
  assert.equal(turns.isDueAfter(9), false)
})

test('a text is joined in turns', async () => {
  const pieces = ['a'.repeat(10), 'b', '', 'c'.repeat(30)]
  let turns = 0
  const told = (function* () {
    for (const piece of pieces) {
      yield piece
      void setImmediate().then(() => turns++)
    }
  })()
  assert.equal(await new Turns(10).joined(told), pieces.join(''))
  assert.equal(turns, 3) // those after the first piece, before the last one came
})
