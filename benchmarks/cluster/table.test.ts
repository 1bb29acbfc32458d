import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aimsOf } from './aims.ts'
import { CONTENDERS, NAMES } from './contenders.ts'
import type { Measured } from './measure.ts'
import { ratiosOf, standingsOf, tableOf } from './table.ts'

/** Two million events in ten seconds, after two of joining. */
function run(name: string, counter: number, more: Partial<Measured> = {}): Measured {
  return {
    name,
    events: 2_000_000,
    wallSeconds: 12,
    joinSeconds: 2,
    cpu: { counter, broker: 1, store: 3 },
    startCpu: { counter: 6, broker: 0.5, store: 0 },
    peakRssMib: 100,
    commits: '1000 ms',
    verdict: { buckets: 9, exact: 9, withCopies: 1 },
    ...more,
  }
}

test('CPU time is told without the start and with it, of the counter alone and of all servers', () => {
  const [row] = tableOf([run('tally', 4)])
  assert.deepEqual(row, {
    contender: 'tally',
    'commits every': '1000 ms',
    'events/s': 200_000,
    'CPU-s per million': '2.00',
    'with its start': '5.00',
    broker: '0.50',
    store: '1.50',
    'all servers': '4.00',
    'all, with its start': '7.25',
    'wall s': '12.0',
    'peak RSS MiB': 100,
    'exact buckets': 'all 9',
  })
})

test('of several rounds the median is told, and the worst verdict', () => {
  const wrong = { verdict: { buckets: 9, exact: 7, withCopies: 2 } }
  const [row] = tableOf([run('tally', 4), run('tally', 40, wrong), run('tally', 6)])
  assert.equal(row!['CPU-s per million'], '3.00')
  assert.equal(row!['exact buckets'], '7 of 9 (with copies 2)')
})

test('ours is set beside each of the others', () => {
  const standings = standingsOf([run(NAMES.ours, 4), run(NAMES.flinkToTopic, 8, { wallSeconds: 7 })])
  assert.deepEqual(ratiosOf(standings), [
    {
      'tally beside': 'flink-topic',
      'events/s': '0.50×',
      'events per CPU-s': '2.00×',
      'with the start': '1.40×',
      'all servers': '1.50×',
      'all, with the start': '1.28×',
    },
  ])
  assert.deepEqual(ratiosOf(standingsOf([run(NAMES.flinkToTopic, 8)])), [])
})

test('an aim is met from the wanted ratio on, and is left out where its contender did not run', () => {
  const met = (counter: number) => aimsOf(standingsOf([run(NAMES.ours, 4), run(NAMES.flinkToTopic, counter)]))
  assert.deepEqual(met(6), [
    {
      aim: 'events per CPU-s of the counter',
      beside: 'flink-topic',
      wanted: '1.5×',
      reached: '1.50×',
      met: 'yes',
    },
  ])
  assert.equal(met(5.9)[0]!.met, 'no')
  const all = Object.values(NAMES).map((name) => run(name, 4))
  assert.equal(aimsOf(standingsOf(all)).length, 4)
})

test('every contender that is named exists', () => {
  const names = CONTENDERS.map(({ name }) => name)
  for (const name of Object.values(NAMES)) assert.ok(names.includes(name), name)
})
