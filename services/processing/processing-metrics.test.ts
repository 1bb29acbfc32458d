import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { type Log, LogError, type Source } from '../../stores/log/log.ts'
import { NAME_KEY, schemas } from '../../testing/event-fixture.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { DRIVER_SETTINGS } from '../../testing/memory-world.ts'
import { lanesOn } from './lanes.ts'
import { Processing } from './processing.ts'
import { watchProcessing } from './processing-metrics.ts'

async function setUp({ bounds }: Partial<Pick<Log, 'bounds'>> = {}) {
  const clock = new ManualClock()
  const log = new MemoryLog({ clock, partitions: 2 })
  const ports = {
    log,
    counts: new MemoryCounts(),
    lanes: lanesOn(log),
    schemas,
    nameKey: NAME_KEY,
    clock,
    random: () => 0,
  }
  const without = { hints: null, snapshots: null, onRetry: () => {}, onHalt: () => {} }
  const processing = new Processing({ ...ports, ...without }, DRIVER_SETTINGS)
  const registry = new Registry()
  watchProcessing(registry, processing, bounds === undefined ? log : { bounds }, clock)
  const stop = async () => {
    const stopping = processing.stop(1_000)
    clock.advance(60_000)
    await stopping
  }
  const sources = await log.sources('events')
  return { clock, log, processing, registry, first: sources[0]!, second: sources[1]!, stop }
}

async function lags(registry: Registry) {
  const { values } = await registry.getSingleMetric('tally_lag_records')!.get()
  return Object.fromEntries(values.map(({ labels, value }) => [labels.source, value]))
}

test('the lag of a source is told by its owner alone', async () => {
  const { log, processing, registry, first, second, stop } = await setUp()
  await log.append('events', 1, new Uint8Array(9))
  processing.own([first, second])
  assert.deepEqual(await lags(registry), { [first.id]: 0, [second.id]: 1 })
  processing.own([first])
  assert.deepEqual(await lags(registry), { [first.id]: 0 })
  await stop()
})

test('how fresh the counts are is not told before it is known', async () => {
  const { clock, processing, registry, first, stop } = await setUp()
  const freshness = async () => (await registry.getSingleMetric('tally_freshness_seconds')!.get()).values
  assert.deepEqual(await freshness(), [])
  processing.own([first])
  assert.deepEqual(await freshness(), [])
  while (processing.progress().asOfMs === 0) {
    clock.advance(1_000)
    await new Promise(setImmediate)
  }
  const [sample] = await freshness()
  assert.ok(sample!.value < 3_600, String(sample!.value))
  await stop()
  assert.deepEqual(await freshness(), [])
})

test('events of a source are counted by how they ended, from where its ledger stands', async () => {
  const { clock, processing, registry, first, stop } = await setUp()
  const events = () => registry.getSingleMetric('tally_source_events_total')!.get()
  processing.own([first])
  while ((await events()).values.length === 0) {
    clock.advance(1_000)
    await new Promise(setImmediate)
  }
  const { type, values } = await events()
  assert.equal(String(type), 'counter')
  const outcomes = ['counted', 'duplicate', 'late', 'dead', 'probe']
  assert.deepEqual(
    values.map(({ labels, value }) => [labels.source, labels.outcome, value]),
    outcomes.map((outcome) => [first.id, outcome, 0]),
  )
  await stop()
})

test('where the log fails or is silent, the other metrics are told all the same', async () => {
  const bounds = ({ partition }: Source): Promise<never> =>
    partition === 0 ? Promise.reject(new LogError('unavailable', 'away')) : new Promise(() => {})
  const { clock, processing, registry, first, second, stop } = await setUp({ bounds })
  processing.own([first, second])
  const told = registry.metrics()
  await new Promise(setImmediate)
  clock.advance(60_000)
  assert.match(await told, /^tally_halted_sources 0$/m)
  assert.deepEqual(/^tally_lag_records.*/m.exec(await told), null)
  await stop()
})
