import assert from 'node:assert/strict'
import { it } from 'node:test'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryClient } from '../../../testing/memory-kafka-client.ts'
import type { WantedLayout } from '../../layouts/layout-settings.ts'
import { createTopics } from './create-topics.ts'
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

it('changes the newest layout for whoever knows it, and tells the others that they do not', async () => {
  const { open, clock } = setUp()
  const [one, other] = [await open(), await open()]
  await one.propose(wanted(4))
  const request = { version: 1, fromMinute: null }
  const ended = await Promise.allSettled([
    one.change({ act: 'split', video: 'a', parts: 2 }, request),
    other.change({ act: 'split', video: 'b', parts: 4 }, request),
  ])
  assert.deepEqual(
    ended.map((end) => (end.status === 'rejected' ? end.reason.code : end.status)),
    ['fulfilled', 'stale'],
  )
  await other.refresh()
  const newest = other.current().at(-1)!
  assert.deepEqual(
    [newest.version, new Map(newest.splits)],
    [
      2,
      new Map([
        ['hot', 2],
        ['a', 2],
      ]),
    ],
  )
  assert.ok(newest.fromMinute * MINUTE_MS >= clock.nowMs() + LAYOUT_LEAD_MS)
  await assert.rejects(one.change({ act: 'merge', video: 'a' }, { version: 2, fromMinute: 1 }), {
    code: 'too_early',
  })
  await assert.rejects(one.change({ act: 'merge', video: 'x' }, { version: 2, fromMinute: null }), {
    code: 'refused',
  })
})

it('grows the log before it gives a channel partitions of its own', async () => {
  const { open, client, clock } = setUp()
  client.topics.clear()
  const spec = {
    partitions: 4,
    replicationFactor: 1,
    minInSyncReplicas: 1,
    retentionMs: 1,
    retentionBytes: -1,
  }
  await createTopics({ ...spec, client, clock, prefix: 'tally', newIncarnation: () => '00000001' })
  const layouts = await open()
  await layouts.propose(wanted(4))
  await layouts.change({ act: 'dedicate', channel: 'x', parts: 2 }, { version: 1, fromMinute: null })
  assert.deepEqual(layouts.current()[1]!.dedicated.get('x'), { first: 4, count: 2 })
  assert.equal(client.topics.get('tally.events.00000001')!.length, 6)
})

it('keeps what commands changed where settings are proposed again', async () => {
  const { open } = setUp()
  const layouts = await open()
  await layouts.propose(wanted(4))
  await layouts.change({ act: 'split', video: 'a', parts: 3 }, { version: 1, fromMinute: null })
  const all = await layouts.propose(wanted(4))
  assert.equal(all.length, 2)
  const grown = await layouts.propose(wanted(8))
  assert.deepEqual(
    new Map(grown.at(-1)!.splits),
    new Map([
      ['hot', 2],
      ['a', 3],
    ]),
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
