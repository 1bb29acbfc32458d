import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { queryMetrics } from './query-metrics.ts'

test('counts answers by route and status, and adds up their seconds', async () => {
  const registry = new Registry()
  const metrics = queryMetrics(registry)
  metrics.answered('/v1/audit', 200, 0.25)
  metrics.answered('/v1/audit', 200, 0.5)
  metrics.answered('/v1/audit', 503, 1)
  const lines = (await registry.metrics()).split('\n')
  for (const line of [
    'tally_query_seconds_sum{route="/v1/audit",status="200"} 0.75',
    'tally_query_seconds_count{route="/v1/audit",status="200"} 2',
    'tally_query_seconds_count{route="/v1/audit",status="503"} 1',
  ]) {
    assert.ok(lines.includes(line), line)
  }
})
