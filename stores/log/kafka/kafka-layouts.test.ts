import assert from 'node:assert/strict'
import { it } from 'node:test'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryClient } from '../../../testing/memory-kafka-client.ts'
import type { WantedLayout } from '../../layouts/layout-settings.ts'
import { LAYOUT_LEAD_MS, openKafkaLayouts } from './kafka-layouts.ts'

function setUp() {
  const clock = new ManualClock()
  const client = new MemoryClient(clock)
  client.topics.set('tally.meta', [[]])
  let proposals = 0
  const failures: unknown[] = []
  const open = () =>
    openKafkaLayouts({
      client,
      clock,
      prefix: 'tally',
      aheadMs: MINUTE_MS,
      newProposalId: () => String(proposals++),
      onRefreshFailed: (error) => failures.push(error),
    })
  return { clock, client, open, failures }
}

it('begins with the first table, in force since ever', async () => {
  const { open } = setUp()
  const layouts = await open()
  await layouts.propose(wanted(4))
  assert.deepEqual(summary(layouts.current()), [[1, 0, 4]])
})

it('looks no more where the tables could not be read at the start', async () => {
  const { open, clock, client, failures } = setUp()
  client.before = () => {
    throw new Error('away')
  }
  await assert.rejects(open(), /away/)
  for (let i = 0; i < 3; i++) {
    clock.advance(10_000)
    await new Promise(setImmediate)
  }
  assert.deepEqual(failures, [])
})

it('adds a table only where it routes otherwise, for a minute far enough ahead', async () => {
  const { open, clock } = setUp()
  const layouts = await open()
  await layouts.propose(wanted(4))
  await layouts.propose(wanted(4))
  const [, second, ...more] = await layouts.propose(wanted(8))
  assert.deepEqual([second!.version, second!.partitions, more.length], [2, 8, 0])
  assert.ok(second!.fromMinute * MINUTE_MS >= clock.nowMs() + LAYOUT_LEAD_MS)
})

it('turns the overload lane on and off, and leaves it as it is when anything else changes', async () => {
  const { open } = setUp()
  const layouts = await open()
  await assert.rejects(layouts.proposeOverflow(true), { code: 'unknown_partition' })
  await layouts.propose(wanted(4))
  await layouts.proposeOverflow(false)
  await layouts.proposeOverflow(true)
  await layouts.proposeOverflow(true)
  await layouts.propose(wanted(8))
  const proposed = await layouts.proposeOverflow(false)
  assert.deepEqual(
    proposed.map(({ version, partitions, overflow = false }) => [version, partitions, overflow]),
    [
      [1, 4, false],
      [2, 4, true],
      [3, 8, true],
      [4, 8, false],
    ],
  )
  assert.equal(proposed[3]!.splits.get('hot'), 2)
})

it('lets no two writers part ways', async () => {
  const { open } = setUp()
  const [one, other] = [await open(), await open()]
  await one.propose(wanted(4))
  await Promise.all([one.propose(wanted(6)), other.propose(wanted(8))])
  await Promise.all([one.refresh(), other.refresh()])
  assert.deepEqual(one.current(), other.current())
  assert.deepEqual(
    one.current().map(({ version }) => version),
    [1, 2, 3],
  )
})

it('ignores a proposal that the log took too late', async () => {
  const { open, client, clock } = setUp()
  const layouts = await open()
  await layouts.propose(wanted(4))
  client.before = (call) => {
    if (call === 'produce') clock.advance(5 * MINUTE_MS)
  }
  await assert.rejects(layouts.propose(wanted(8)), { code: 'unavailable' })
  assert.deepEqual(summary(layouts.current()), [[1, 0, 4]])
})

it('sees what others propose', async () => {
  const { open, clock } = setUp()
  const [one, other] = [await open(), await open()]
  await one.propose(wanted(4))
  clock.advance(5_000)
  while (other.current().length === 0) await new Promise(setImmediate)
  assert.deepEqual(other.current(), one.current())
})

it('stops routing before a table that it could not see takes effect', async () => {
  const { open, client, clock, failures } = setUp()
  const layouts = await open()
  const cutOffMs = clock.nowMs()
  await layouts.propose(wanted(4))
  client.before = () => {
    throw new Error('cut off')
  }
  let routed = 0
  for (; clock.nowMs() < cutOffMs + 2 * LAYOUT_LEAD_MS; clock.advance(MINUTE_MS / 2)) {
    await new Promise(setImmediate)
    try {
      layouts.current()
      routed = clock.nowMs() - cutOffMs
    } catch {
      break
    }
  }
  assert.ok(failures.length > 0)
  assert.ok(routed > LAYOUT_LEAD_MS / 2 && routed + MINUTE_MS < LAYOUT_LEAD_MS, `routed for ${routed} ms`)
})

function wanted(partitions: number): WantedLayout {
  return { partitions, splits: new Map([['hot', 2]]), dedicated: new Map() }
}

function summary(layouts: readonly { version: number; fromMinute: number; partitions: number }[]) {
  return layouts.map(({ version, fromMinute, partitions }) => [version, fromMinute, partitions])
}
