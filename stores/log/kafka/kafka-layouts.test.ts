import assert from 'node:assert/strict'
import { it } from 'node:test'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryClient } from '../../../testing/memory-kafka-client.ts'
import type { WantedLayout } from '../../layouts/layout-settings.ts'
import { createTopics } from './create-topics.ts'
import { type KafkaLayoutsOptions, LEAD_MS, openKafkaLayouts } from './kafka-layouts.ts'
import { FIRST_LEAD_MS } from './layout-order.ts'
import { readMeta } from './meta.ts'

function setUp() {
  const clock = new ManualClock()
  const client = new MemoryClient(clock)
  client.topics.set('tally.meta', [[]])
  let proposals = 0
  const failures: unknown[] = []
  const open = (options: Partial<KafkaLayoutsOptions> = {}) =>
    openKafkaLayouts({
      client,
      clock,
      prefix: 'tally',
      renewal: { retentionMs: 60 * MINUTE_MS },
      ...options,
      newProposalId: () => String(proposals++),
      onRefreshFailed: (error) => failures.push(error),
    })
  /** With an agreed lead. */
  const openAgreed = async (options: Partial<KafkaLayoutsOptions> = {}) => {
    const layouts = await open(options)
    await layouts.agreeOnLead()
    return layouts
  }
  /** Lets the clock run while everybody refreshes. */
  const pass = async (ms: number, stepMs = 3_000) => {
    for (const untilMs = clock.nowMs() + ms; clock.nowMs() < untilMs; clock.advance(stepMs))
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  }
  return { clock, client, open, openAgreed, pass, failures }
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
  assert.ok(second!.fromMinute * MINUTE_MS >= clock.nowMs() + FIRST_LEAD_MS)
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
  assert.ok(newest.fromMinute * MINUTE_MS >= clock.nowMs() + FIRST_LEAD_MS)
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

it('knows the minutes up to a lead after the newest entry, and no others, for ever', async () => {
  const { openAgreed, client, clock, pass } = setUp()
  const layouts = await openAgreed()
  await layouts.propose(wanted(4))
  await pass(20_000)
  const aheadMs = layouts.unknownFromMinute() * MINUTE_MS - clock.nowMs()
  assert.ok(aheadMs > LEAD_MS - 10_000 && aheadMs < LEAD_MS + MINUTE_MS, `${aheadMs}`)
  client.before = () => {
    throw new Error('cut off')
  }
  const known = layouts.unknownFromMinute()
  await pass(5 * MINUTE_MS)
  assert.equal(layouts.unknownFromMinute(), known)
})

it('knows no minute without a layout', async () => {
  const { openAgreed } = setUp()
  assert.equal((await openAgreed()).unknownFromMinute(), -Infinity)
})

it('has a layout in force within two minutes', async () => {
  for (let second = 0; second < 60; second += 7) {
    const { openAgreed, clock } = setUp()
    clock.advance(second * 1_000)
    const layouts = await openAgreed()
    await layouts.propose(wanted(4))
    const changed = await layouts.change(SPLIT, { version: 1, fromMinute: null })
    const waitMs = changed.at(-1)!.fromMinute * MINUTE_MS - clock.nowMs()
    assert.ok(waitMs >= LEAD_MS && waitMs <= 110_000, `${waitMs}`)
  }
})

it('routes nothing new by the first lead when the topic was not read for so long', async () => {
  const { open, client, clock, pass } = setUp()
  const layouts = await open()
  const cutOffMs = clock.nowMs()
  await layouts.propose(wanted(4))
  client.before = () => {
    throw new Error('cut off')
  }
  const untilMs = layouts.unknownFromMinute() * MINUTE_MS
  assert.ok(untilMs > cutOffMs + FIRST_LEAD_MS / 2 && untilMs <= cutOffMs + FIRST_LEAD_MS)
  await pass(MINUTE_MS)
  assert.equal(layouts.unknownFromMinute() * MINUTE_MS, untilMs)
})

it('agrees on a lead for a log with layouts only when all must have read of it', async () => {
  const { open, clock, pass } = setUp()
  const [layouts, other] = [await open(), await open()]
  await layouts.propose(wanted(4))
  await layouts.agreeOnLead()
  await other.agreeOnLead(0)
  const [, early] = await layouts.propose(wanted(5))
  assert.ok(early!.fromMinute * MINUTE_MS >= clock.nowMs() + FIRST_LEAD_MS)
  await pass(FIRST_LEAD_MS + 2 * MINUTE_MS)
  const soon = (await layouts.propose(wanted(6))).at(-1)!
  assert.ok(soon.fromMinute * MINUTE_MS <= clock.nowMs() + 2 * MINUTE_MS)
  assert.ok(soon.fromMinute * MINUTE_MS >= clock.nowMs() + LEAD_MS)
})

it('takes back what is to come, one after the other, and nothing that may be in force', async () => {
  const { openAgreed, clock, pass } = setUp()
  const layouts = await openAgreed()
  await layouts.propose(wanted(4))
  const from = Math.ceil((clock.nowMs() + 10 * MINUTE_MS) / MINUTE_MS)
  await layouts.change(SPLIT, { version: 1, fromMinute: from })
  await layouts.change({ ...SPLIT, video: 'b' }, { version: 2, fromMinute: null })
  await layouts.change({ act: 'withdraw' }, { version: 3, fromMinute: null })
  assert.deepEqual(splits(layouts.current()), [['hot'], ['hot', 'a']])
  await layouts.change({ act: 'withdraw' }, { version: 4, fromMinute: null })
  assert.deepEqual(splits(layouts.current()), [['hot'], ['hot']])
  const begins = layouts.current()[1]!.fromMinute
  assert.ok(begins * MINUTE_MS < clock.nowMs() + 2 * MINUTE_MS, 'other changes need not wait for an hour')
  await layouts.change(SPLIT, { version: 5, fromMinute: null })
  await pass(2 * MINUTE_MS)
  await assert.rejects(layouts.change({ act: 'withdraw' }, { version: 6, fromMinute: null }), {
    code: 'refused',
  })
})

it('takes nothing back where no lead is agreed', async () => {
  const { open } = setUp()
  const layouts = await open()
  await layouts.propose(wanted(4))
  await layouts.change(SPLIT, { version: 1, fromMinute: null })
  await assert.rejects(layouts.change({ act: 'withdraw' }, { version: 2, fromMinute: null }), {
    code: 'refused',
  })
})

it('removes what no event needs any more, and a newcomer knows what the others know', async () => {
  const { openAgreed, open, client, clock, pass } = setUp()
  const removing = { refreshMs: 30_000, renewal: { retentionMs: 60 * MINUTE_MS, removedMin: 20 } }
  const layouts = await openAgreed(removing)
  await layouts.propose(wanted(4))
  for (let version = 1; version < 5; version++) {
    await layouts.change({ ...SPLIT, video: `v${version}` }, { version, fromMinute: null })
    await pass(30 * MINUTE_MS, 30_000)
  }
  const entries = await readMeta(client, 'tally.meta')
  const kept = entries.filter(({ kind }) => kind === 'layout').length
  assert.ok(kept < 5 && kept >= 3, `${kept} layouts of 60 minutes`)
  assert.ok(entries.length < 40, `${entries.length} entries`)
  const newcomer = await open()
  assert.deepEqual(newcomer.current().at(-1), layouts.current().at(-1))
  const oldest = Math.floor(clock.nowMs() / MINUTE_MS) - 60
  const neededFrom = layouts.current().findLastIndex(({ fromMinute }) => fromMinute <= oldest)
  assert.deepEqual(newcomer.current().slice(-(5 - neededFrom)), layouts.current().slice(neededFrom))
})

const SPLIT = { act: 'split', video: 'a', parts: 2 } as const

function splits(layouts: readonly Layout[]) {
  return layouts.map((layout) => Array.from(layout.splits.keys()))
}

function wanted(partitions: number): WantedLayout {
  return { partitions, splits: new Map([['hot', 2]]), dedicated: new Map() }
}

function summary(layouts: readonly { version: number; fromMinute: number; partitions: number }[]) {
  return layouts.map(({ version, fromMinute, partitions }) => [version, fromMinute, partitions])
}

it('finds the layouts again that were removed while it was away', async () => {
  const { open, openAgreed, client, pass } = setUp()
  const away = await openAgreed()
  await away.propose(wanted(4))
  const known = away.current()
  await away.close()
  const other = await open()
  for (const partitions of [5, 6, 7]) {
    await other.propose(wanted(partitions))
    await pass(2 * MINUTE_MS)
  }
  const keys = ['layout-1', 'layout-2', 'layout-3']
  const [meta] = client.topics.get('tally.meta')!
  const left = meta!.filter(
    ({ key }) =>
      !keys.some((one) =>
        Buffer.from(key ?? [])
          .toString()
          .startsWith(one),
      ),
  )
  assert.ok(left.length <= meta!.length - 3)
  meta!.splice(0, meta!.length, ...left)
  assert.deepEqual(away.current(), known)
  await away.refresh()
  assert.deepEqual(summary(away.current()), [[4, other.current().at(-1)!.fromMinute, 7]])
})
