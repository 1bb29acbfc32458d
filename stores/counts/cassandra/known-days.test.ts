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

test('as many as it is to remember are known, and no others', () => {
  const keysMax = 20_000
  const days = new KnownDays(keysMax)
  for (let i = 0; i < keysMax; i++) days.add(`day ${i}`)
  for (let i = 0; i < keysMax; i++) assert.ok(days.has(`day ${i}`))
  for (let i = keysMax; i < 2 * keysMax; i++) assert.ok(!days.has(`day ${i}`))
})

test('a key costs less memory than its text', () => {
  const keysMax = 50_000
  const days = new KnownDays(keysMax)
  for (let i = 0; i < 5 * keysMax; i++) days.add(`day ${i}`)
  assert.ok(days.byteLength <= 2 * keysMax * 35, `${days.byteLength} bytes`)
})
