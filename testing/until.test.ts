import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from './until.ts'

test('waits until it is so, and no longer', async () => {
  let asked = 0
  await until('the third look', () => ++asked === 3)
  await until('what is so already', async () => true)
  assert.equal(asked, 3)
})

test('fails with what it waited for', async () => {
  const waiting = until('the sun is blue', () => false, 20)
  await assert.rejects(waiting, /waited 0\.02 s in vain until the sun is blue/)
})
