import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, emptyQueue, type Item, push, putBack, take } from './event-queue.ts'

const item = (seq: number, bytes = 10): Item => ({ seq, json: 'x'.repeat(bytes), bytes, atMs: 0, timeMs: 0 })

function queueOf(count: number) {
  const queue = emptyQueue()
  for (let seq = 1; seq <= count; seq++) push(queue, item(seq))
  return queue
}

const seqs = (items: readonly Item[]) => items.map(({ seq }) => seq)

test('takes the oldest, within both bounds', () => {
  const queue = queueOf(5)
  assert.deepEqual(seqs(take(queue, 2, 1_000)), [1, 2])
  assert.deepEqual(seqs(take(queue, 9, 23)), [3, 4], 'two events, two brackets and a comma')
  assert.deepEqual(seqs(take(queue, 9, 11)), [], 'one event needs two bytes more')
  assert.deepEqual(queue.bytes, 10)
})

test('batches that come back in any order find their place', () => {
  const queue = queueOf(8)
  const [a, b, c] = [take(queue, 2, 1_000), take(queue, 3, 1_000), take(queue, 1, 1_000)]
  putBack(queue, b)
  putBack(queue, a)
  putBack(queue, c)
  assert.deepEqual(seqs(queue.items), [1, 2, 3, 4, 5, 6, 7, 8])
  assert.equal(queue.bytes, bytesOf(queue.items))
})
