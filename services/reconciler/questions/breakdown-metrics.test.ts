import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { AdminWorld } from '../../../testing/admin-fixture.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { breakdownMetrics } from './breakdown-metrics.ts'

test('counts answers by their status', async () => {
  await using directory = await temporaryDirectory()
  const registry = new Registry()
  const world = new AdminWorld(Date.parse('2026-11-21T12:00:30Z'), directory.path)
  const { answered } = breakdownMetrics(registry)
  world.breakdown.metrics.answered = answered
  for (const query of ['by=country&eventType=view&function=count', 'by=zodiac', '']) {
    await world.app.inject(`/v1/videos/cats/breakdown?${query}`)
  }
  await world.app.close()
  const lines = (await registry.metrics()).split('\n').filter((line) => line.includes('_count'))
  assert.deepEqual(lines, [
    'tally_breakdown_seconds_count{status="200"} 1',
    'tally_breakdown_seconds_count{status="400"} 2',
  ])
})
