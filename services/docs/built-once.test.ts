import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../testing/manual-clock.ts'
import { BuiltOnce, FAILURE_KEPT_MS } from './built-once.ts'

test('it is built when it is asked for, once', async () => {
  let builds = 0
  const once = new BuiltOnce(async () => ({ build: ++builds }), new ManualClock(0))
  assert.equal(builds, 0)
  assert.deepEqual(await Promise.all([once.get(), once.get()]), [{ build: 1 }, { build: 1 }])
})

test('what fails is tried again after some seconds, and no earlier', async () => {
  const clock = new ManualClock(1_000_000)
  let builds = 0
  const once = new BuiltOnce(async () => {
    builds++
    if (builds < 3) throw new Error(`no file ${builds}`)
    return { build: builds }
  }, clock)
  for (let asked = 0; asked < 100; asked++) await assert.rejects(() => once.get(), /no file 1/)
  clock.advance(FAILURE_KEPT_MS - 1)
  await assert.rejects(() => once.get(), /no file 1/)
  assert.equal(builds, 1)
  clock.advance(1)
  await assert.rejects(() => once.get(), /no file 2/)
  clock.advance(FAILURE_KEPT_MS)
  assert.deepEqual(await once.get(), { build: 3 })
})
