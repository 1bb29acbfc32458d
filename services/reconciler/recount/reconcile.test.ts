import assert from 'node:assert/strict'
import { it } from 'node:test'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { PROBE_SERIES } from '../../../model/probe.ts'
import type { Origin, Recount, RecountQuestion, Unreadable } from '../../../stores/archive/archive.ts'
import { atMinute, batchOf, DAY } from '../../../testing/archive-fixture.ts'
import { BATCH_SETTINGS, BatchWorld, VIEWS } from '../../../testing/batch-world.ts'
import { MemoryArchive } from '../../../testing/memory-archive.ts'

const NOW_MS = (DAY + 3 * MINUTES_PER_DAY) * MINUTE_MS
const HOUR = 60

const OTHER = { ...VIEWS, videoId: 'v0' }
const LATER = DAY + 2 * HOUR

it('corrects what only the stream holds, beside raw events and in an hour without any', async () => {
  const world = new BatchWorld(NOW_MS)
  await world.stored('events', [DAY, DAY + 10])
  await world.streamed(DAY, 1)
  await world.streamed(DAY + 10, 1)
  await world.streamed(DAY + 20, 3)
  await world.streamed(DAY + 1, 5, OTHER)
  await world.streamed(LATER, 7, OTHER)
  const { audits, reconciled } = await world.run(LATER + HOUR)
  assert.deepEqual([await world.minute(DAY), await world.minute(DAY + 20)], [1, 0])
  assert.deepEqual([await world.minute(DAY + 1, OTHER), await world.minute(LATER, OTHER)], [0, 0])
  assert.deepEqual([await world.rollup('hour', LATER, OTHER), await world.rollup('day', DAY, OTHER)], [0, 0])
  assert.deepEqual(
    audits.map(({ hour, buckets, unexplained, unexplainedDifference, missing }) => {
      return [hour, buckets, unexplained, unexplainedDifference, missing]
    }),
    [
      [DAY, 4, 2, 8, []],
      [LATER, 1, 1, 7, []],
    ],
  )
  assert.deepEqual(reconciled.exceptHours, [])
  assert.deepEqual(new Set(world.forgotten), new Set(['v1 view', 'v0 view']))
  assert.deepEqual((await world.run(LATER + HOUR)).audits, [], 'nothing is due a second time')
})

it('takes nothing away of a time from which the archive holds nothing, and says so', async () => {
  const world = new BatchWorld(NOW_MS)
  await world.streamed(DAY, 5)
  await world.streamed(LATER, 1)
  await world.stored('events', [LATER])
  const { audits, reconciled } = await world.run(LATER + HOUR)
  assert.equal(await world.minute(DAY), 5)
  assert.deepEqual(
    audits.map(({ hour, missing }) => [hour, missing.length]),
    [
      [DAY, 1],
      [LATER, 0],
    ],
  )
  assert.deepEqual(reconciled.exceptHours, [DAY])
})

it('misses an hour that was recounted and of which the archive holds nothing any more', async () => {
  const world = new BatchWorld(NOW_MS)
  await world.stored('events', [DAY, DAY + HOUR, DAY + HOUR])
  await world.streamed(DAY, 1)
  await world.streamed(DAY + HOUR, 2)
  await world.run(LATER)
  await world.archive.purge([DAY + HOUR])
  const { audits, reconciled } = await world.run(LATER)
  assert.equal(await world.minute(DAY + HOUR), 2)
  assert.equal(await world.rollup('hour', DAY + HOUR), 2)
  assert.deepEqual(
    audits.map(({ hour, missing }) => [hour, missing]),
    [[DAY + HOUR, ['2 events that were counted before']]],
  )
  assert.deepEqual(reconciled.exceptHours, [DAY + HOUR])
})

it('adds late events to what the stream counted, in minutes, hours and days, and says how many they were', async () => {
  const world = new BatchWorld(NOW_MS)
  await world.stored('events', [DAY, DAY])
  await world.stored('events-late', [DAY, DAY + 1, DAY + HOUR])
  await world.streamed(DAY, 2)
  const { audits, reconciled } = await world.run(DAY + 2 * HOUR)
  assert.deepEqual([await world.minute(DAY), await world.minute(DAY + 1)], [3, 1])
  assert.deepEqual([await world.rollup('hour', DAY), await world.rollup('hour', DAY + HOUR)], [4, 1])
  assert.equal(await world.rollup('day', DAY), 5)
  assert.deepEqual(
    audits.map(({ lateApplied, unexplained, equal }) => ({ lateApplied, unexplained, equal })),
    [
      { lateApplied: 2, unexplained: 0, equal: 0 },
      { lateApplied: 1, unexplained: 0, equal: 0 },
    ],
  )
  assert.deepEqual([reconciled.toMinute, reconciled.exceptHours], [DAY + 2 * HOUR, []])
  assert.deepEqual(new Set(world.forgotten), new Set(['v1 view']))
  assert.deepEqual((await world.run(DAY + 2 * HOUR)).audits, [], 'nothing is due a second time')
})

it('counts the probe again like all else, and tells of it only where the stream was wrong', async () => {
  const world = new BatchWorld(NOW_MS)
  const probe = { tenant: '', ...PROBE_SERIES }
  const event = atMinute(DAY, { ...PROBE_SERIES, id: 'p', logTimeMs: DAY * MINUTE_MS })
  await world.archive.store(batchOf('00000000-1', 'events', [event]))
  await world.stored('events', [DAY])
  await world.streamed(DAY, 1)
  await world.streamed(DAY, 1, probe)
  const [right] = (await world.run(DAY + HOUR)).audits
  assert.deepEqual([right!.buckets, right!.equal, right!.unexplained], [1, 1, 0])
  assert.equal(await world.rollup('hour', DAY, probe), 1)
  await world.streamed(DAY, 3, probe)
  const late = atMinute(DAY, { ...PROBE_SERIES, id: 'q', offset: 1, logTimeMs: DAY * MINUTE_MS })
  await world.archive.store(batchOf('00000000-1', 'events', [late]))
  const [wrong] = (await world.run(DAY + HOUR)).audits
  assert.deepEqual([wrong!.buckets, wrong!.unexplained], [2, 1])
  assert.equal(await world.minute(DAY, probe), 2)
})

it('corrects again when more comes late, in place of the correction before', async () => {
  const world = new BatchWorld(NOW_MS)
  await world.streamed(DAY, 1)
  await world.stored('events', [DAY])
  for (let round = 1; round <= 3; round++) {
    await world.stored('events-late', [DAY], round)
    await world.run(DAY + HOUR)
    assert.equal(await world.minute(DAY), 1 + round)
    assert.equal(await world.rollup('day', DAY), 1 + round)
  }
})

it('shows late events of an hour that is still open, up to where it is closed', async () => {
  const world = new BatchWorld(NOW_MS)
  await world.stored('events-late', [DAY + 5, DAY + 40])
  const { audits, reconciled } = await world.run(DAY + 30)
  assert.deepEqual([await world.minute(DAY + 5), await world.minute(DAY + 40)], [1, 0])
  assert.equal(await world.rollup('hour', DAY), null)
  assert.equal(audits[0]!.beforeMinute, DAY + 30)
  assert.deepEqual(reconciled.exceptHours, [])
  await world.run(DAY + 45)
  assert.deepEqual([await world.minute(DAY + 40), await world.rollup('hour', DAY)], [1, null])
  await world.run(DAY + HOUR)
  assert.deepEqual([await world.minute(DAY + 40), await world.rollup('hour', DAY)], [1, 2])
})

it('rolls a day up from hours that were recounted in several lots of one run', async () => {
  const world = new BatchWorld(NOW_MS)
  const hours = Array.from({ length: 36 }, (_, i) => DAY + (12 + i) * HOUR)
  await world.stored('import' as Origin, hours)
  const { audits } = await world.run(DAY + 2 * MINUTES_PER_DAY)
  assert.equal(audits.length, hours.length)
  assert.deepEqual(
    [await world.rollup('day', DAY), await world.rollup('day', DAY + MINUTES_PER_DAY)],
    [12, 24],
  )
})

/** One of whose hours cannot be read in full, until it is healed. */
class TornArchive extends MemoryArchive {
  torn: Unreadable[] = []

  override async unreadable(): Promise<readonly Unreadable[]> {
    return this.torn
  }

  override async recount(question: RecountQuestion): Promise<Recount> {
    const { buckets } = await super.recount(question)
    return { buckets, unreadable: this.torn.filter(({ hour }) => question.hours.includes(hour)) }
  }
}

it('compares an hour that cannot be read whole, but neither corrects it nor calls it reconciled', async () => {
  const world = new BatchWorld(NOW_MS, (nowMs) => new TornArchive(nowMs))
  const archive = world.archive as TornArchive
  await world.stored('events', [DAY, DAY + HOUR])
  await world.streamed(DAY, 2)
  await world.streamed(DAY + HOUR, 2)
  await world.streamed(DAY, 4, OTHER)
  archive.torn = [{ hour: DAY, name: 'torn.parquet', reason: 'no footer' }]
  const { audits, reconciled } = await world.run(DAY + 2 * HOUR)
  assert.deepEqual([await world.minute(DAY), await world.minute(DAY + HOUR)], [2, 1])
  assert.equal(await world.minute(DAY, OTHER), 4)
  assert.deepEqual([await world.rollup('hour', DAY), await world.rollup('hour', DAY + HOUR)], [null, 1])
  assert.deepEqual(
    audits.map(({ missing, unexplained }) => [missing, unexplained]),
    [
      [['torn.parquet'], 2],
      [[], 1],
    ],
  )
  assert.deepEqual(reconciled.exceptHours, [DAY])
  archive.torn = []
  await world.stored('events', [DAY], 7)
  assert.deepEqual((await world.run(DAY + 2 * HOUR)).reconciled.exceptHours, [])
  assert.equal(await world.minute(DAY), 2)
})

it('leaves the last good view where it is stopped in the middle, and does again what was not noted', async () => {
  const world = new BatchWorld(NOW_MS)
  await world.stored('events', [DAY])
  await world.run(DAY + HOUR)
  const before = world.rollups.reconciled
  await world.stored('events-late', [DAY, DAY + HOUR])
  const stopping = new AbortController()
  const write = world.counts.write.bind(world.counts)
  world.counts.write = async (...args) => {
    stopping.abort()
    return write(...args)
  }
  await assert.rejects(world.run(DAY + 2 * HOUR, {}, stopping.signal), { name: 'AbortError' })
  assert.deepEqual(world.rollups.reconciled, before)
  world.counts.write = write
  const { audits } = await world.run(DAY + 2 * HOUR)
  assert.deepEqual(
    audits.map(({ hour }) => hour),
    [DAY, DAY + HOUR],
  )
  assert.deepEqual([await world.minute(DAY), await world.minute(DAY + HOUR)], [2, 1])
})

it('neither compares nor corrects minutes whose rows are gone, but rolls them up', async () => {
  const world = new BatchWorld((DAY + 30 * MINUTES_PER_DAY) * MINUTE_MS)
  await world.stored('events-late', [DAY])
  const { audits } = await world.run(DAY + HOUR)
  assert.deepEqual([audits[0]!.buckets, audits[0]!.lateApplied, audits[0]!.unexplained], [1, 1, 0])
  assert.deepEqual([await world.minute(DAY), await world.rollup('day', DAY)], [0, 1])
})

it('takes nothing away that was counted before where raw events are gone, and says how many', async () => {
  const world = new BatchWorld(NOW_MS)
  await world.stored('events', [DAY, DAY + 1])
  await world.stored('events-late', [DAY + 1, DAY + 2])
  await world.streamed(DAY, 2)
  await world.run(DAY + HOUR)
  assert.deepEqual([await world.minute(DAY), await world.minute(DAY + 1)], [1, 2], 'the stream was wrong')
  await world.archive.purge([DAY])
  await world.stored('events', [DAY, DAY + 1])
  for (const round of [7, 8]) {
    await world.stored('events-late', [DAY], round)
    const { audits, reconciled } = await world.run(DAY + HOUR)
    assert.deepEqual(audits[0]!.missing, ['2 events that were counted before'])
    assert.deepEqual(reconciled.exceptHours, [DAY])
    assert.deepEqual([await world.minute(DAY + 1), await world.minute(DAY + 2)], [2, 1])
    assert.equal(await world.minute(DAY), round - 5, 'what came since is counted')
    assert.equal(await world.rollup('hour', DAY), round - 2)
  }
  await world.stored('events-late', [DAY + 1, DAY + 2])
  const { audits, reconciled } = await world.run(DAY + HOUR)
  assert.deepEqual([audits[0]!.missing, reconciled.exceptHours], [[], []])
  assert.equal(await world.rollup('hour', DAY), 6)
})

it('takes away what the stream counts too much after a recount, be the clock to blame', async () => {
  const world = new BatchWorld(NOW_MS)
  await world.stored('events', [DAY, DAY + 1])
  await world.streamed(DAY, 1)
  await world.run(DAY + HOUR)
  await world.streamed(DAY, 5)
  await world.stored('events-late', [DAY])
  assert.deepEqual((await world.run(DAY + HOUR)).audits[0]!.missing, [])
  assert.deepEqual([await world.minute(DAY), await world.rollup('hour', DAY)], [2, 3])
})

it('takes nothing away from hours of which only the rollups are kept', async () => {
  const world = new BatchWorld(NOW_MS)
  await world.stored('import' as Origin, [DAY, DAY + 1])
  await world.run(DAY + HOUR)
  world.clock.advance(BATCH_SETTINGS.minutesKeptMs)
  await world.archive.purge([DAY])
  await world.stored('import' as Origin, [DAY])
  assert.equal((await world.run(DAY + HOUR)).audits[0]!.missing.length, 1)
  assert.equal(await world.rollup('hour', DAY), 2)
})
