import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../../../lib/fault.ts'
import { Registry } from './registry.ts'
import { sinkOf } from './sinks.ts'
import { aborting, judge, parseThresholds } from './thresholds.ts'

const NONE = () => ({})

test('percentiles lie between two values in proportion', () => {
  const trend = sinkOf('trend')
  for (const value of [30, 10, 20, 40]) trend.add(value)
  const stats = ['min', 'med', 'max', 'avg', 'p(90)', 'p(99.9)', 'count'].map((name) =>
    trend.aggregate(name, 1),
  )
  assert.deepEqual(stats, [10, 25, 40, 25, 37, 39.97, 4])
  assert.equal(trend.aggregate('rate', 1), null)
})

test('a trend of many values keeps every one of them', () => {
  const trend = sinkOf('trend')
  for (let i = 1; i <= 10_000; i++) trend.add(i)
  assert.equal(trend.aggregate('p(99)', 1), 9_900.01)
})

test('counters have a rate over the time of the run, rates a share of passes, gauges their last value', () => {
  const [counter, rate, gauge] = [sinkOf('counter'), sinkOf('rate'), sinkOf('gauge')]
  for (const value of [5, 5, 0]) {
    counter.add(value)
    rate.add(value)
    gauge.add(value)
  }
  assert.deepEqual([counter.aggregate('count', 2_000), counter.aggregate('rate', 2_000)], [10, 5])
  assert.equal(rate.aggregate('rate', 1), 2 / 3)
  assert.deepEqual(
    ['value', 'min', 'max'].map((name) => gauge.aggregate(name, 1)),
    [0, 0, 5],
  )
})

test('what workers drain adds up to what they measured', () => {
  const workers = [new Registry(), new Registry()]
  const whole = new Registry()
  for (const registry of [...workers, whole]) registry.want(['waits{name:a}'])
  for (const [i, worker] of workers.entries()) {
    worker.declare('waits', { type: 'trend', isTime: true })
    worker.declare('sent', { type: 'counter', isTime: false })
    worker.add('waits', i + 1, () => ({ name: 'a' }))
    worker.add('waits', 9, () => ({ name: 'b' }))
    worker.add('sent', 3, NONE)
    whole.merge(worker.drain())
    whole.merge(worker.drain())
  }
  assert.equal(whole.sink('waits')?.aggregate('count', 1), 4)
  assert.equal(whole.sink('waits{name:a}')?.aggregate('max', 1), 2)
  assert.equal(whole.sink('sent')?.aggregate('count', 1), 6)
})

test('a submetric takes the samples that carry all of its tags', () => {
  const registry = new Registry()
  registry.declare('waits', { type: 'counter', isTime: false })
  registry.want(['waits{name:a,scenario:x}'])
  registry.add('waits', 1, () => ({ name: 'a', scenario: 'x', status: '202' }))
  registry.add('waits', 1, () => ({ name: 'a', scenario: 'y' }))
  assert.equal(registry.sink('waits{name:a,scenario:x}')?.aggregate('count', 1), 1)
})

test('a metric has one type and a name that k6 takes', () => {
  const registry = new Registry()
  registry.declare('sent', { type: 'counter', isTime: false })
  registry.declare('sent', { type: 'counter', isTime: false })
  assert.throws(() => registry.declare('sent', { type: 'rate', isTime: false }), /sent is a counter already/)
  assert.throws(() => registry.declare('sent-late', { type: 'rate', isTime: false }), Fault)
})

function kept(expression: string): boolean {
  const registry = new Registry()
  registry.declare('waits', { type: 'trend', isTime: true })
  registry.declare('none', { type: 'counter', isTime: false })
  for (let i = 1; i <= 101; i++) registry.add('waits', i, NONE)
  const [metric, text] = expression.split(': ')
  return judge(parseThresholds({ [metric!]: [text] }), registry, 1_000)[0]!.isKept
}

test('thresholds are kept or not by their aggregate, operator and bound', () => {
  assert.ok(kept('waits: p(99)<=100') && !kept('waits: p(99)<100'))
  assert.ok(kept('waits: avg==51') && kept('waits: med != 50') && !kept('waits: max>101'))
  assert.ok(kept('none: count==0') && !kept('none: count>0'))
})

test('a threshold that cannot be read or does not fit its metric is refused by name', () => {
  assert.throws(() => parseThresholds({ waits: ['p99<100'] }), /thresholds.waits: "p99<100"/)
  assert.throws(() => parseThresholds({ waits: [{ threshold: 'p(99)<1', soft: true }] }), /no field soft/)
  assert.throws(() => kept('waits: value<1'), /waits is a trend: it has no value/)
})

test('a threshold aborts only where it is told to, and not before its delay', () => {
  const registry = new Registry()
  registry.declare('waits', { type: 'trend', isTime: true })
  registry.add('waits', 500, NONE)
  const thresholds = parseThresholds({
    waits: ['p(99)<100', { threshold: 'p(99)<200', abortOnFail: true, delayAbortEval: '10s' }],
  })
  assert.equal(aborting(thresholds, registry, 9_000), null)
  assert.equal(aborting(thresholds, registry, 10_000)?.expression, 'p(99)<200')
})
