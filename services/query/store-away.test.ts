import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Failing } from '../../lib/failing.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { LastKnown } from './kept/last-known.ts'
import { storeAway } from './store-away.ts'

test('a query service is not ready once its store is away and it knows no answer', async () => {
  const clock = new ManualClock()
  const asking = new Failing(clock)
  const lastKnown = new LastKnown({ clock, shared: null, onStale: () => {} })
  const code = () => storeAway(asking.failures, lastKnown, clock.nowMs())?.code
  const fail = () => asking.watch(Promise.reject(new Error('away'))).catch(() => {})
  await fail()
  clock.advance(4_999)
  assert.equal(code(), undefined)
  clock.advance(1)
  assert.equal(code(), 'store_away')
  await asking.watch(Promise.resolve())
  assert.equal(code(), undefined)
  await fail()
  clock.advance(5_000)
  assert.equal(code(), 'store_away')
  await lastKnown.ask({ group: 'g', names: ['n'] }, async () => ({ meta: { stale: false } }))
  while (lastKnown.isEmpty) await setImmediate()
  assert.equal(code(), undefined, 'it answers with what it knows')
})
