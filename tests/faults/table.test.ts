import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageFault } from '../../lib/flags-reader.ts'
import { type Options, parseOptions } from './faults-options.ts'
import { KINDS } from './schedule.ts'
import { tableOf } from './table.ts'

test('a row tells a fault, what it hit, and what was seen of it', () => {
  const fault = {
    kind: 'rebalance-storm',
    targets: ['processing-1', 'processing-2', 'processing-1'],
    delayMs: 1,
    holdMs: 2,
  } as const
  const row = {
    fault,
    lastedMs: 12_345,
    events: 12_345,
    refused: 3,
    doorGapMs: 60,
    queryGapMs: 149,
    recoveryMs: 0,
  }
  assert.equal(
    tableOf([row]).split('\n').at(-1),
    '| rebalance-storm | processing-1, processing-2 | 12.3 s | 12,345 | 3 | 0.1 s | 0.1 s | 0.0 s |',
  )
})

test('flags that are not given have defaults', () => {
  const defaults: Options = {
    minutes: 5,
    seed: 42,
    brokers: 1,
    cassandraNodes: 1,
    levels: { write: 'QUORUM', hydrate: 'QUORUM' },
    acks: 'all',
    client: 'platformatic',
    rate: 2_000,
    holdMs: null,
    isEachTakenAtOnce: false,
    isLossExpected: false,
    kinds: KINDS,
  }
  assert.deepEqual(parseOptions([], 42), defaults)
  const some = ['--seed', '7', '--kafka', '3', '--minutes', '0.5', '--client', 'kafkajs']
  const changed = { seed: 7, brokers: 3, minutes: 0.5, client: 'kafkajs' }
  assert.deepEqual(parseOptions(some, 42), { ...defaults, ...changed })
  const { holdMs, isEachTakenAtOnce } = parseOptions(['--hold-s', '60', '--taken-at-once'], 42)
  assert.deepEqual([holdMs, isEachTakenAtOnce], [60_000, true])
  const two = [
    '--cassandra',
    '2',
    '--levels',
    'EACH_QUORUM/LOCAL_QUORUM',
    '--acks',
    'leader',
    '--expect-loss',
  ]
  assert.deepEqual(parseOptions(two, 42), {
    ...defaults,
    ...{ cassandraNodes: 2, acks: 'leader', isLossExpected: true },
    levels: { write: 'EACH_QUORUM', hydrate: 'LOCAL_QUORUM' },
  })
  const { kinds } = parseOptions(['--only', 'cut-brokers,kill-cache'], 42)
  assert.deepEqual(kinds, ['cut-brokers', 'kill-cache'])
})

test('everything that is wrong with the flags is told at once', () => {
  const check = (args: string[], ...words: string[]) => {
    assert.throws(
      () => parseOptions(args, 1),
      (error) => error instanceof UsageFault && words.every((word) => error.message.includes(word)),
    )
  }
  check(['--kafka', '2', '--rate', 'fast', '--minutes', 'soon'], '--kafka', '--rate', '--minutes')
  check(['--levels', 'QUORUM', '--acks', 'nobody'], '--levels', 'EACH_QUORUM/LOCAL_QUORUM', '--acks')
  check(['--levels', 'MOST/ONE'], '--levels', 'LOCAL_QUORUM')
  check(['--speed', '9'], '--speed')
  check(['--client', 'librdkafka', '--only', 'kill-cache,flood'], '--client', 'platformatic', '"flood"')
})
