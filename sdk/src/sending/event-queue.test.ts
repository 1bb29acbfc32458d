import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyBytes, fitting, type Item, inOrder } from './event-queue.ts'

const item = (seq: number): Item => ({ seq, json: '{"id":"abc"}', bytes: 12, atMs: 0, timeMs: 0 })
const queueOf = (count: number) => Array.from({ length: count }, (_, i) => item(i + 1))
const seqs = (items: readonly Item[]) => items.map(({ seq }) => seq)

test('as many fit as both bounds allow', () => {
  const queue = queueOf(5)
  assert.equal(fitting(queue, 1_000), 5)
  assert.equal(fitting(queue, 1_000, 2), 2)
  assert.equal(fitting(queue, 1_000, 2.9), 2)
  assert.equal(fitting(queue, 27), 2, 'two events, two brackets and a comma')
  assert.equal(fitting(queue, 26), 1)
  assert.equal(fitting(queue, 13), 0, 'one event needs two bytes more')
  assert.equal(fitting([], 1_000), 0)
})

test('a body is as long as the JSON that is sent', () => {
  for (const count of [1, 2, 5]) {
    const items = queueOf(count)
    assert.equal(bodyBytes(items), `[${items.map(({ json }) => json)}]`.length)
  }
})

test('batches that came back in any order find their place', () => {
  const queue = queueOf(8)
  const [a, b, c] = [queue.splice(0, 2), queue.splice(0, 3), queue.splice(0, 1)]
  queue.push(...b, ...a, ...c)
  inOrder(queue)
  assert.deepEqual(seqs(queue), [1, 2, 3, 4, 5, 6, 7, 8])
})
