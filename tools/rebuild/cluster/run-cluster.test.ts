import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { NO_TALLY } from '../../../model/tally.ts'
import type { Rebuild } from '../../../stores/counts/rebuilds.ts'
import { atMinute, batchOf } from '../../../testing/archive-fixture.ts'
import { BATCH_SETTINGS, until } from '../../../testing/batch-world.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryArchive } from '../../../testing/memory-archive.ts'
import { MemoryCounts } from '../../../testing/memory-counts.ts'
import { MemoryLog } from '../../../testing/memory-log.ts'
import { MemoryRollups } from '../../../testing/memory-rollups.ts'
import { parseOptions } from '../rebuild-options.ts'
import type { Cluster, NewCounts } from './cluster.ts'
import { runCluster } from './run-cluster.ts'
import { survey } from './survey.ts'
import { untilCounted } from './until-counted.ts'

const DONE: Rebuild = {
  ...{ version: 1, begunMs: 0, fromMinute: 60, viewersTo: 0 },
  ...{ isPrepared: true, isDone: true },
}

/** Nothing may be opened. */
function clusterWith(clock: ManualClock, given: Partial<Cluster>) {
  const log = new MemoryLog({ clock, partitions: 1 })
  const archive = new MemoryArchive(() => clock.nowMs())
  const cluster: Cluster = {
    ...{ log, archive, keyspace: 'tally', archivePlace: 's3://raw', groups: ['counting', 'archiving'] },
    members: async () => 0,
    hasTitles: async () => true,
    applyTitles: async () => {},
    keyspaceState: async () => 'lost',
    openCounts: () => assert.fail('nothing is to be changed'),
    ...given,
  }
  return { cluster, log, archive }
}

/** What it says, and how it ends. */
async function said(given: Partial<Cluster>, flags: { isAgreed?: boolean; accepts?: boolean } = {}) {
  const clock = new ManualClock()
  const lines: string[] = []
  const { cluster } = clusterWith(clock, given)
  const command = { settings: BATCH_SETTINGS, isAgreed: false, accepts: false, ...flags }
  const ends: { isDone: boolean | null; error: string }[] = []
  runCluster(cluster, command, clock, { print: (line) => lines.push(line), screen: { write() {} } }).then(
    (isDone) => ends.push({ isDone, error: '' }),
    (error) => ends.push({ isDone: null, error: error.message }),
  )
  await until(clock, () => ends.length > 0, 1_000)
  return { ...ends[0]!, out: lines.join('\n') }
}

test('lists what it would do and what is lost, and changes nothing until it is agreed to', async () => {
  const { isDone, out } = await said({ hasTitles: async () => false })
  assert.equal(isDone, true, 'nothing is in the way')
  assert.match(out, /^- 0 hours of which the archive s3:\/\/raw holds raw events$/m)
  assert.match(out, /^ {2}None at all\? Then this is not the ARCHIVE_URL of the reconcilers\.$/m)
  assert.match(out, /^- alerts of tenants/m)
  assert.match(out, /^- titles: there is no topic of them/m)
  assert.match(out, /^Nothing was changed\. To begin: the same with --yes$/m)
})

test('refuses a keyspace that holds counts, and says what to do', async () => {
  const { error } = await said({ keyspaceState: async () => 'held' }, { isAgreed: true })
  assert.match(error, /^The keyspace tally holds counts.*stop processing.*DROP KEYSPACE tally/s)
})

test('refuses while processes run that count, and names their groups', async () => {
  const members = async (group: string) => (group === 'archiving' ? 2 : 0)
  const { error } = await said({ members }, { isAgreed: true })
  assert.match(error, /^Processes are still in the groups archiving \(2\): stop all of processing/)
  assert.match(error, /Nothing was changed\.$/)
})

test('says so of a list too: it would not begin', async () => {
  const { error, out } = await said({ members: async () => 1 })
  assert.match(error, /^Processes are still in the groups /)
  assert.match(out, /^- 0 hours of which the archive s3:\/\/raw holds raw events$/m)
})

test('waits for the session of a process that was killed', async () => {
  let looks = 0
  const members = async () => (looks++ < 10 ? 1 : 0)
  const opened = new Error('opened')
  const openCounts = () => Promise.reject(opened)
  const { error } = await said({ members, openCounts }, { isAgreed: true })
  assert.equal(error, 'opened')
})

test('has nothing to do once it is done, but to accept what is lost', async () => {
  const keyspaceState = async () => DONE
  assert.deepEqual(await said({ keyspaceState }), {
    ...{ isDone: true, error: '', out: 'The rebuild of 1970-01-01T00:00:00.000Z is done.' },
  })
  const early = await said({ keyspaceState: async () => ({ ...DONE, isDone: false }) }, { accepts: true })
  assert.match(early.error, /is not counted again yet/)
  const nothing = await said({ keyspaceState: async () => ({ ...DONE, fromMinute: 0 }) }, { accepts: true })
  assert.equal(nothing.out, 'Nothing is reported as lost.')
})

test('does not go on where a backup was not restored to its end', async () => {
  const state = { ...DONE, isPrepared: false, isDone: false, restoreOf: 'a backup' }
  const { error } = await said({ keyspaceState: async () => state }, { isAgreed: true })
  assert.match(error, /^A backup was not restored to its end into the keyspace tally: run npm run restore/)
})

test('waits for hours that are not closed yet, if a backup was restored that has their events', async () => {
  const clock = new ManualClock(Date.parse('2026-12-01T03:20Z'))
  const { cluster, archive } = clusterWith(clock, {})
  const hour = Date.parse('2026-12-01T03:00Z') / 60_000
  await archive.store(batchOf('aa-0', 'events', [atMinute(hour)]))
  const rollups = new MemoryRollups()
  const stores = { counts: new MemoryCounts(), rollups } as unknown as NewCounts
  const counted = async (recountTo: number) => {
    let isDone = false
    const settings = { ...BATCH_SETTINGS, recountTo }
    const waiting = untilCounted(cluster, stores, settings, clock, () => {}).then((audits) => {
      isDone = true
      return audits.length
    })
    for (let i = 0; i < 10; i++) {
      clock.advance(2_000)
      await setImmediate()
    }
    return { isDone, waiting }
  }
  assert.equal((await counted(0)).isDone, true)
  const { isDone, waiting } = await counted(hour + 60)
  assert.equal(isDone, false)
  const mark = { hour, mark: '1', lateMark: null, beforeMinute: hour + 60, version: 1, recountedMs: 0 }
  await rollups.writeHours([{ ...NO_TALLY, ...mark, missing: [], purged: false }])
  clock.advance(2_000)
  assert.equal(await waiting, 1)
})

test('nothing is lost where the log still holds all that there ever was', async () => {
  const clock = new ManualClock(Date.parse('2026-12-01T03:20Z'))
  const { cluster, log, archive } = clusterWith(clock, {})
  const [source] = await log.sources('events')
  await log.append('events', 0, new Uint8Array(1))
  await log.append('events', 0, new Uint8Array(1))
  const found = () => survey(cluster, BATCH_SETTINGS, clock)
  assert.deepEqual(await found(), {
    ...{ heldHours: new Set(), records: 2, beginnings: [], gaps: [], fromMinute: 0, hasTitles: true },
  })
  log.trim(source!, 1)
  const beginning = { sourceId: source!.id, offset: 1, logTimeMs: clock.nowMs() }
  const gap = { sourceId: source!.id, from: 0, to: 1 }
  const fromMinute = Date.parse('2026-12-01T04:00Z') / 60_000
  assert.deepEqual(await found(), {
    ...{
      heldHours: new Set(),
      records: 1,
      beginnings: [beginning],
      gaps: [gap],
      fromMinute,
      hasTitles: true,
    },
  })
  await archive.writeCheckpoint(source!.id, { nextOffset: 1, logTimeMs: 0, missingBeforeMs: 0 })
  assert.deepEqual((await found()).gaps, [])
})

test('flags that do not go together are refused together', () => {
  assert.throws(() => parseOptions(['--cluster', '--data-dir', 'd']), /--data-dir is for npm start/)
  assert.throws(() => parseOptions(['--accept', '--yes']), /--accept needs --cluster\n--accept and --yes/)
  assert.deepEqual(parseOptions(['--cluster', '--yes']), {
    ...{ dataDirectory: null, isAgreed: true, isCluster: true, accepts: false },
  })
})
