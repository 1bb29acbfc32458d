import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AsOfPromise } from './as-of-promise.ts'

const event = (id: string, videoId = 'v') => ({ id, videoId, type: 'view' })

test('an answer must hold what was acknowledged before it, each id once, and may hold more', () => {
  const promise = new AsOfPromise({ videoId: 'v', type: 'view' })
  promise.acknowledged([event('a'), event('b'), event('x', 'other')], 1_000)
  promise.acknowledged([event('a'), event('c')], 2_000)
  promise.answered(0, 1_000)
  promise.answered(2, 1_001)
  promise.answered(2, 2_000)
  promise.answered(9, 2_001)
  assert.deepEqual(promise.broken, [])
  promise.answered(1, 1_001)
  promise.answered(2, 2_001)
  assert.deepEqual(promise.broken, [
    'v view as of 1970-01-01T00:00:01.001Z: 1, but 2 were acknowledged before',
    'v view as of 1970-01-01T00:00:02.001Z: 2, but 3 were acknowledged before',
  ])
  assert.equal(promise.checked, 6)
})
