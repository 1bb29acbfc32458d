import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageFault } from '../../lib/flags-reader.ts'
import { parseOptions } from './cluster-options.ts'

test('without flags all contenders count six million events once', () => {
  const { events, rounds, intervalMs, only, endToEnd } = parseOptions([])
  assert.deepEqual(
    { events, rounds, intervalMs, only, endToEnd },
    { events: 6_000_000, rounds: 1, intervalMs: 1_000, only: [], endToEnd: null },
  )
})

test('end to end wants the address of a cluster', () => {
  const { endToEnd } = parseOptions(['--e2e', '--url', 'http://localhost:8080', '--rate', '5000'])
  assert.deepEqual(endToEnd, {
    ...{ url: 'http://localhost:8080', eventsPerSecond: 5_000, seconds: 30, warmUpSeconds: 60 },
  })
})

test('all faults are told together', () => {
  const faulty = ['--events', '0', '--rounds', 'many', '--e2e']
  assert.throws(
    () => parseOptions(faulty),
    (error) => {
      assert.ok(error instanceof UsageFault)
      assert.match(error.message, /--events .*\n--rounds .*/)
      assert.match(error.message, /--e2e and --url/)
      return true
    },
  )
  assert.throws(() => parseOptions(['--evnets', '1']), UsageFault)
})
