import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KnownDays } from './known-days.ts'

test('what is used stays known, what is not is forgotten', () => {
  const days = new KnownDays(3)
  days.add('kept')
  days.add('left')
  for (let i = 0; i < 20; i++) {
    days.add(`other ${i}`)
    assert.ok(days.has('kept'))
  }
  assert.ok(!days.has('left'))
  assert.ok(!days.has('never'))
})
