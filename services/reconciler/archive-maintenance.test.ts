// Raw events are purged only when they are recounted, and never half forgotten.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../model/bucket.ts'
import { DAY } from '../../testing/archive-fixture.ts'
import { BATCH_SETTINGS, BatchWorld, VIEWS } from '../../testing/batch-world.ts'
import { purgeOld } from './archive-maintenance.ts'

const NOW_MS = (DAY + 3 * MINUTES_PER_DAY) * MINUTE_MS
const HOUR = 60

it('notes that hours are purged before it removes them, and never recounts what is left of them', async () => {
  const world = new BatchWorld(NOW_MS)
  await world.stored('events', [DAY, DAY + HOUR])
  await world.run(DAY + 2 * HOUR)
  world.clock.advance(2 * BATCH_SETTINGS.rawKeptMs)
  const { archive, rollups, clock } = world
  const purge = archive.purge.bind(archive)
  archive.purge = async ([first]) => {
    await purge([first!])
    throw new Error('the disk is away')
  }
  const version = rollups.reconciled!.version + 1
  await assert.rejects(purgeOld({ archive, rollups, clock }, BATCH_SETTINGS, version, Infinity), /disk/)
  assert.deepEqual(
    (await rollups.readHours(DAY, DAY + 2 * HOUR)).map(({ purged }) => purged),
    [true, true],
  )
  assert.deepEqual((await world.run(DAY + 3 * HOUR, { again: { from: DAY, to: DAY + HOUR } })).audits, [])
  archive.purge = purge
  assert.equal(await purgeOld({ archive, rollups, clock }, BATCH_SETTINGS, version + 9, Infinity), 1)
  assert.deepEqual(await archive.holdings(), [])
  assert.equal(await world.rollup('day', DAY), 2)
})

it('keeps raw events that are young, or changed since they were recounted', async () => {
  const world = new BatchWorld(NOW_MS)
  const { archive, rollups, clock } = world
  const purged = () => purgeOld({ archive, rollups, clock }, BATCH_SETTINGS, clock.nowMs(), Infinity)
  await world.stored('events', [DAY])
  await world.run(DAY + HOUR)
  assert.equal(await purged(), 0)
  await world.stored('events-late', [DAY])
  clock.advance(2 * BATCH_SETTINGS.rawKeptMs)
  assert.equal(await purged(), 0)
  await world.run(DAY + HOUR)
  assert.equal(await purged(), 1)
  assert.deepEqual([await world.minute(DAY), VIEWS.videoId], [1, 'v1'])
})

it('keeps raw events of an hour that gets some while it is rolled up by attributes', async () => {
  const world = new BatchWorld(NOW_MS)
  const { archive, rollups, clock } = world
  await world.stored('events', [DAY, DAY + HOUR])
  await world.run(DAY + 2 * HOUR)
  clock.advance(2 * BATCH_SETTINGS.rawKeptMs)
  const rollUp = archive.rollUpDimensions.bind(archive)
  archive.rollUpDimensions = async (what) => {
    const rolledUp = await rollUp(what)
    await world.stored('import', [DAY], 7)
    return rolledUp
  }
  assert.equal(await purgeOld({ archive, rollups, clock }, BATCH_SETTINGS, clock.nowMs(), Infinity), 1)
  assert.deepEqual(
    (await archive.holdings()).map(({ hour }) => hour),
    [DAY],
  )
  await world.run(DAY + 2 * HOUR)
  assert.equal(await world.rollup('hour', DAY), 2)
})

it('keeps raw events of an hour that gets some while it is noted as purged', async () => {
  const world = new BatchWorld(NOW_MS)
  const { archive, rollups, clock } = world
  await world.stored('events', [DAY, DAY + HOUR])
  await world.run(DAY + 2 * HOUR)
  clock.advance(2 * BATCH_SETTINGS.rawKeptMs)
  const writeHours = rollups.writeHours.bind(rollups)
  rollups.writeHours = async (audits) => {
    rollups.writeHours = writeHours
    await writeHours(audits)
    await world.stored('import', [DAY], 7)
  }
  assert.equal(await purgeOld({ archive, rollups, clock }, BATCH_SETTINGS, clock.nowMs(), Infinity), 1)
  await world.run(DAY + 2 * HOUR)
  assert.equal(await world.rollup('hour', DAY), 2)
})

it('counts what an hour gets while it is noted as purged, also after a crash before the second note', async () => {
  const world = new BatchWorld(NOW_MS)
  const { archive, rollups, clock } = world
  await world.stored('events', [DAY, DAY + HOUR])
  await world.run(DAY + 2 * HOUR)
  clock.advance(2 * BATCH_SETTINGS.rawKeptMs)
  const writeHours = rollups.writeHours.bind(rollups)
  let notes = 0
  rollups.writeHours = async (audits) => {
    if (++notes > 1) throw new Error('the store is away')
    await writeHours(audits)
    await world.stored('import', [DAY], 7)
  }
  const purge = (version: number) => purgeOld({ archive, rollups, clock }, BATCH_SETTINGS, version, Infinity)
  await assert.rejects(purge(clock.nowMs()), /away/)
  rollups.writeHours = writeHours
  assert.deepEqual((await world.run(DAY + 2 * HOUR)).audits, []) // whether it is purged is not known yet
  assert.equal(await purge(clock.nowMs() + 9), 1)
  await world.run(DAY + 2 * HOUR)
  assert.equal(await world.rollup('hour', DAY), 2)
})

it('keeps raw events of an hour for which late ones may still wait to be archived', async () => {
  const world = new BatchWorld(NOW_MS)
  const { clock } = world
  await world.stored('events', [DAY])
  await world.run(DAY + HOUR)
  clock.advance(2 * BATCH_SETTINGS.rawKeptMs)
  assert.equal(await purgeOld(world, BATCH_SETTINGS, clock.nowMs(), (DAY + HOUR) * MINUTE_MS), 0)
  await world.stored('events-late', [DAY], 7)
  await world.run(DAY + HOUR)
  assert.equal(await world.rollup('hour', DAY), 2)
})

it('purges the past bit by bit, and never rolls up what is half purged', async () => {
  const world = new BatchWorld(NOW_MS)
  const { archive, rollups, clock } = world
  await world.stored(
    'events',
    Array.from({ length: 20 }, (_, hour) => DAY - hour * HOUR),
  )
  await world.run(DAY + HOUR)
  clock.advance(2 * BATCH_SETTINGS.rawKeptMs)
  const rolledUp: number[] = []
  const rollUp = archive.rollUpDimensions.bind(archive)
  archive.rollUpDimensions = (what) => {
    rolledUp.push(...what.hours)
    return rollUp(what)
  }
  const purge = archive.purge.bind(archive)
  archive.purge = () => Promise.reject(new Error('the disk is away'))
  await assert.rejects(purgeOld({ archive, rollups, clock }, BATCH_SETTINGS, clock.nowMs(), Infinity), /disk/)
  archive.purge = purge
  while ((await purgeOld({ archive, rollups, clock }, BATCH_SETTINGS, clock.nowMs() + 9, Infinity)) > 0);
  assert.deepEqual(await archive.holdings(), [])
  assert.equal(rolledUp.length, 20)
  assert.equal(new Set(rolledUp).size, 20)
})
