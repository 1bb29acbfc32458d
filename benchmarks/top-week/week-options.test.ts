import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions } from './week-options.ts'

test('without flags it is a week in the Redis of the cluster', () => {
  assert.deepEqual(parseOptions([]), {
    ...{ minutes: 10_080, videos: 10_000, topsMib: 128, redisMib: 256, seed: 1, redis: null },
  })
})

test('all faults are told together', () => {
  const args = ['--minutes', '5', '--tops-mib', '1', '--what']
  assert.throws(() => parseOptions(args), /--what[\s\S]*--minutes[\s\S]*--tops-mib/)
})
