import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Registry } from 'prom-client'
import { watchSpool } from './spool-metrics.ts'

it('The metrics of the spool say its state at the moment of the scrape', async () => {
  const registry = new Registry()
  let state = {
    records: 3,
    bytes: 300,
    oldestAtMs: 4_000 as number | null,
    awayPartitions: 2,
    drained: 7,
    refused: 1,
  }
  watchSpool(registry, () => state, { bytesMax: 9_000, nowMs: () => 6_500 })
  await check(registry, [3, 300, 9_000, 2.5, 2, 7, 1])
  state = { records: 0, bytes: 0, oldestAtMs: null, awayPartitions: 0, drained: 10, refused: 1 }
  await check(registry, [0, 0, 9_000, 0, 0, 10, 1])
})

async function check(registry: Registry, expected: number[]): Promise<void> {
  const metrics = await registry.getMetricsAsJSON()
  assert.deepEqual(
    metrics.map(({ values }) => values[0]!.value),
    expected,
  )
}
