import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rates, readingsOf, sumsOf } from './audit.ts'

test('rates are over the last ten seconds', () => {
  const rates = new Rates<'counted'>()
  assert.deepEqual(rates.add(0, { counted: 100 }), { counted: null })
  assert.deepEqual(rates.add(2_000, { counted: 120 }), { counted: 10 })
  assert.deepEqual(rates.add(10_000, { counted: 200 }), { counted: 10 })
  assert.deepEqual(rates.add(20_000, { counted: 200 }), { counted: 0 })
})

test('a number that falls, as after a restart, is no negative rate', () => {
  const rates = new Rates<'counted'>()
  rates.add(0, { counted: 100 })
  assert.deepEqual(rates.add(2_000, { counted: 5 }), { counted: 0 })
  assert.deepEqual(rates.add(4_000, { counted: null }), { counted: null })
})

test('the sources of a ledger are added up', () => {
  const entry = { offset: 1, logTime: '', records: 1, deadRecords: 0, balanced: true }
  const ledger = [
    { ...entry, source: 'a', events: 5, counted: 2, duplicate: 1, late: 1, dead: 1 },
    { ...entry, source: 'b', events: 3, counted: 3, duplicate: 0, late: 0, dead: 0 },
  ]
  assert.deepEqual(sumsOf(ledger), { events: 8, counted: 5, duplicate: 1, late: 1, dead: 1 })
})

test('points of the past become rates between them, and a restart no negative one', () => {
  const point = (second: number, events: number, counted: number) => {
    return { time: new Date(second * 1_000).toISOString(), events, counted }
  }
  assert.deepEqual(readingsOf([point(0, 100, 90), point(10, 200, 180), point(20, 5, 5)]), [
    { atMs: 10_000, in: 10, out: 9 },
    { atMs: 20_000, in: 0, out: 0 },
  ])
  assert.deepEqual(readingsOf([point(0, 1, 1)]), [])
})
