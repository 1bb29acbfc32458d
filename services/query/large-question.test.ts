import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { serve } from '../../testing/query-fixture.ts'

test('while the largest question is answered, others have their turn', async () => {
  const { post } = await serve()
  const asked = post({
    videoIds: Array.from({ length: 100 }, (_, at) => `v${at}`),
    eventTypes: ['a', 'b', 'c', 'd', 'e'],
    functions: ['count', 'sum', 'average', 'min', 'max', 'rate', 'cumulative'],
    groupBy: ['video', 'type'],
    startTime: '2026-11-17T08:00:00Z',
    endTime: '2026-11-21T12:00:00Z',
    granularity: 'PT1H',
    limit: 1_000,
  })
  let isOver = false
  let turns = 0
  const over = asked.finally(() => {
    isOver = true
  })
  for (; !isOver; turns++) await setImmediate()
  assert.equal((await over).json().rows.length, 500)
  assert.ok(turns > 70, `350,000 values were reckoned in ${turns} turns`)
})
