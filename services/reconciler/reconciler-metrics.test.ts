import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { type Log, LogError, type Source } from '../../stores/log/log.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { reconcilerMetrics, type WatchedReconciler } from './reconciler-metrics.ts'
import type { RunReport } from './recount/reconcile.ts'

const HOUR_MINUTES = 60

async function setUp({ bounds }: Partial<Pick<Log, 'bounds'>> = {}) {
  const clock = new ManualClock()
  const log = new MemoryLog({ clock, partitions: 2 })
  const [first, second] = (await log.sources('events')) as [Source, Source]
  const archivers = [
    { source: first, checkpoint: null },
    { source: second, checkpoint: { nextOffset: 1, logTimeMs: 0, missingBeforeMs: 0 } },
  ]
  const reconciler = { archivers, latest: null as RunReport | null, leads: true }
  const registry = new Registry()
  const metrics = reconcilerMetrics(
    registry,
    (): WatchedReconciler => reconciler,
    bounds ? { bounds } : log,
    clock,
  )
  const told = async (name: string) => {
    const { values } = await registry.getSingleMetric(name)!.get()
    return values.map(({ labels, value }) => [labels.source, value])
  }
  return { clock, log, metrics, reconciler, registry, first, second, told }
}

test('the lag of a source is told while it is archived here', async () => {
  const { log, reconciler, first, second, told } = await setUp()
  for (const partition of [0, 1, 1]) await log.append('events', partition, new Uint8Array(9))
  assert.deepEqual(await told('tally_archive_lag_records'), [
    [first.id, 1],
    [second.id, 1],
  ])
  reconciler.archivers.shift()
  assert.deepEqual(await told('tally_archive_lag_records'), [[second.id, 1]])
})

test('where the log fails or is silent, the other metrics are told all the same', async () => {
  const bounds = ({ partition }: Source): Promise<never> =>
    partition === 0 ? Promise.reject(new LogError('unavailable', 'away')) : new Promise(() => {})
  const { clock, registry } = await setUp({ bounds })
  const metrics = registry.metrics()
  await new Promise(setImmediate)
  clock.advance(60_000)
  assert.match(await metrics, /^tally_reconcile_runs_total 0$/m)
  assert.doesNotMatch(await metrics, /^tally_archive_lag_records\{/m)
})

test('how old the recount is is told by who leads alone', async () => {
  const { clock, reconciler, told } = await setUp()
  const toMinute = Math.floor(clock.nowMs() / 60_000) - HOUR_MINUTES
  reconciler.latest = {
    closedTo: toMinute,
    closedBefore: null,
    reconciled: { version: 1, toMinute, exceptHours: [] },
    audits: [],
  }
  const [[, age] = []] = await told('tally_reconciled_age_seconds')
  assert.equal(Math.floor(Number(age) / 60), HOUR_MINUTES)
  reconciler.leads = false
  assert.deepEqual(await told('tally_reconciled_age_seconds'), [[undefined, 0]])
})

test('what an operator is to be called for begins at 0, so that the first time is an increase', async () => {
  const { metrics, registry } = await setUp()
  const shows = async (...lines: readonly string[]) => {
    const text = await registry.metrics()
    for (const line of lines) assert.ok(text.includes(`\n${line}\n`), `${line}\nis not in\n${text}`)
  }
  metrics.probing()
  await shows(
    'tally_weak_audits_total{ok="false"} 0',
    'tally_archive_missing_records_total 0',
    'tally_archive_halts_total 0',
    'tally_audit_unexplained_total 0',
  )
  metrics.missed(3)
  metrics.halted()
  metrics.probed({ startedMs: 0, ok: false, events: 1, latencyMs: null, detail: 'x' })
  await shows(
    'tally_weak_audits_total{ok="false"} 1',
    'tally_archive_missing_records_total 3',
    'tally_archive_halts_total 1',
  )
})
