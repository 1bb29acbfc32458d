// Raw events are purged only when they are recounted, and never half forgotten.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { MIB } from '../../../lib/byte-units.ts'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { FEW_RAW_BYTES } from '../../../stores/archive/breakdowns.ts'
import { DAY } from '../../../testing/archive-fixture.ts'
import { BATCH_SETTINGS, BatchWorld, VIEWS } from '../../../testing/batch-world.ts'
import { purgeOld, rollUpRecounted } from './archive-maintenance.ts'

const NOW_MS = (DAY + 3 * MINUTES_PER_DAY) * MINUTE_MS
const HOUR = 60

/** With raw events of these hours, recounted, and older than raw events are kept. */
async function grownOld(hours: readonly number[]): Promise<BatchWorld> {
  const world = new BatchWorld(NOW_MS)
  await world.stored('events', hours)
  await world.run(Math.max(...hours) + HOUR)
  world.clock.advance(2 * BATCH_SETTINGS.rawKeptMs)
  return world
}

function purged(
  { archive, rollups, clock }: BatchWorld,
  version = clock.nowMs(),
  archivedToMs = Number.POSITIVE_INFINITY,
): Promise<number> {
  return purgeOld({ archive, rollups, clock }, BATCH_SETTINGS, version, archivedToMs)
}

it('notes that hours are purged before it removes them, and never recounts what is left of them', async () => {
  const world = await grownOld([DAY, DAY + HOUR])
  const { archive, rollups } = world
  const purge = archive.purge.bind(archive)
  archive.purge = async ([first]) => {
    await purge([first!])
    throw new Error('the disk is away')
  }
  const version = rollups.reconciled!.version + 1
  await assert.rejects(purged(world, version), /disk/)
  assert.deepEqual(
    (await rollups.readHours(DAY, DAY + 2 * HOUR)).map(({ purged }) => purged),
    [true, true],
  )
  assert.deepEqual((await world.run(DAY + 3 * HOUR, { again: { from: DAY, to: DAY + HOUR } })).audits, [])
  archive.purge = purge
  assert.equal(await purged(world, version + 9), 1)
  assert.deepEqual(await archive.holdings(), [])
  assert.equal(await world.rollup('day', DAY), 2)
})

it('keeps raw events that are young, or changed since they were recounted', async () => {
  const world = new BatchWorld(NOW_MS)
  await world.stored('events', [DAY])
  await world.run(DAY + HOUR)
  assert.equal(await purged(world), 0)
  await world.stored('events-late', [DAY])
  world.clock.advance(2 * BATCH_SETTINGS.rawKeptMs)
  assert.equal(await purged(world), 0)
  await world.run(DAY + HOUR)
  assert.equal(await purged(world), 1)
  assert.deepEqual([await world.minute(DAY), VIEWS.videoId], [1, 'v1'])
})

it('keeps raw events of an hour that gets some while it is rolled up by attributes', async () => {
  const world = await grownOld([DAY, DAY + HOUR])
  const { archive } = world
  const rollUp = archive.rollUpDimensions.bind(archive)
  archive.rollUpDimensions = async (what) => {
    const rolledUp = await rollUp(what)
    await world.stored('import', [DAY], 7)
    return rolledUp
  }
  assert.equal(await purged(world), 1)
  assert.deepEqual(
    (await archive.holdings()).map(({ hour }) => hour),
    [DAY],
  )
  await world.run(DAY + 2 * HOUR)
  assert.equal(await world.rollup('hour', DAY), 2)
})

it('keeps raw events of an hour that gets some while it is noted as purged', async () => {
  const world = await grownOld([DAY, DAY + HOUR])
  const { rollups } = world
  const writeHours = rollups.writeHours.bind(rollups)
  rollups.writeHours = async (audits) => {
    rollups.writeHours = writeHours
    await writeHours(audits)
    await world.stored('import', [DAY], 7)
  }
  assert.equal(await purged(world), 1)
  await world.run(DAY + 2 * HOUR)
  assert.equal(await world.rollup('hour', DAY), 2)
})

it('counts what an hour gets while it is noted as purged, also after a crash before the second note', async () => {
  const world = await grownOld([DAY, DAY + HOUR])
  const { rollups } = world
  const writeHours = rollups.writeHours.bind(rollups)
  let notes = 0
  rollups.writeHours = async (audits) => {
    if (++notes > 1) throw new Error('the store is away')
    await writeHours(audits)
    await world.stored('import', [DAY], 7)
  }
  await assert.rejects(purged(world), /away/)
  rollups.writeHours = writeHours
  assert.deepEqual((await world.run(DAY + 2 * HOUR)).audits, []) // whether it is purged is not known yet
  assert.equal(await purged(world, world.clock.nowMs() + 9), 1)
  await world.run(DAY + 2 * HOUR)
  assert.equal(await world.rollup('hour', DAY), 2)
})

it('keeps raw events of an hour for which late ones may still wait to be archived', async () => {
  const world = await grownOld([DAY])
  assert.equal(await purged(world, world.clock.nowMs(), (DAY + HOUR) * MINUTE_MS), 0)
  await world.stored('events-late', [DAY], 7)
  await world.run(DAY + HOUR)
  assert.equal(await world.rollup('hour', DAY), 2)
})

it('purges the past bit by bit, and never rolls up what is half purged', async () => {
  const world = await grownOld(Array.from({ length: 20 }, (_, hour) => DAY - hour * HOUR))
  const { archive } = world
  const rolledUp: number[] = []
  const rollUp = archive.rollUpDimensions.bind(archive)
  archive.rollUpDimensions = (what) => {
    rolledUp.push(...what.hours)
    return rollUp(what)
  }
  const purge = archive.purge.bind(archive)
  archive.purge = () => Promise.reject(new Error('the disk is away'))
  await assert.rejects(purged(world), /disk/)
  archive.purge = purge
  while ((await purged(world, world.clock.nowMs() + 9)) > 0);
  assert.deepEqual(await archive.holdings(), [])
  assert.equal(rolledUp.length, 20)
  assert.equal(new Set(rolledUp).size, 20)
})

it('rolls hours up by attributes once they are recounted, the newest first, and anew when they change', async () => {
  const world = new BatchWorld(NOW_MS)
  const { archive } = world
  const hours = Array.from({ length: 15 }, (_, i) => DAY + i * HOUR)
  const settled = () => archive.settledHours('device', DAY, DAY + MINUTES_PER_DAY)
  const rollUp = () => rollUpRecounted(world, BATCH_SETTINGS)
  await world.stored('events', hours)
  assert.equal(await rollUp(), 0, 'nothing is recounted')
  await world.run(DAY + 15 * HOUR - 1)
  const holdings = archive.holdings.bind(archive)
  const sized = (bytesOf: (hour: number) => number) => {
    archive.holdings = async () =>
      (await holdings()).map((holding) => ({ ...holding, bytes: bytesOf(holding.hour) }))
  }
  sized(() => 200 * MIB)
  assert.equal(await rollUp(), 2)
  assert.deepEqual(await settled(), hours.slice(12, 14), 'the last hour is still open')
  sized((hour) => (hour === DAY ? 5_000 : 3_000) * MIB)
  assert.equal(await rollUp(), 1)
  archive.holdings = holdings
  await world.run(DAY + 15 * HOUR)
  sized((hour) => (hour === DAY ? 5_000 * MIB : 1))
  assert.equal(await rollUp(), 11)
  assert.deepEqual(await settled(), hours.slice(1), 'an hour that takes too long waits')
  archive.holdings = holdings
  assert.equal(await rollUp(), 1)
  assert.equal(await rollUp(), 0)
  assert.deepEqual(await settled(), hours)
  await world.stored('events-late', [DAY + HOUR])
  assert.equal(await rollUp(), 0, 'it is recounted first')
  assert.deepEqual(await settled(), [DAY, ...hours.slice(2)])
  await world.run(DAY + 15 * HOUR)
  assert.equal(await rollUp(), 1)
  assert.deepEqual(await settled(), hours)
  world.clock.advance(2 * BATCH_SETTINGS.rawKeptMs)
  assert.equal(await purged(world), 12)
  assert.equal(await rollUp(), 0, 'what is purged stays as it is')
})

it('rolls hours of few events up together, once their day has many events or is over', async () => {
  const world = new BatchWorld((DAY + 4 * HOUR) * MINUTE_MS)
  const { archive, clock } = world
  const hours = [0, 1, 2].map((hour) => DAY + hour * HOUR)
  const settled = () => archive.settledHours('device', DAY - MINUTES_PER_DAY, DAY + MINUTES_PER_DAY)
  const rollUp = () => rollUpRecounted(world, BATCH_SETTINGS)
  const holdings = archive.holdings.bind(archive)
  const sized = (bytes: number) => {
    archive.holdings = async () => (await holdings()).map((holding) => ({ ...holding, bytes }))
  }
  await world.stored('events', [DAY - HOUR, ...hours])
  await world.run(DAY + 3 * HOUR)
  sized(FEW_RAW_BYTES / 4)
  assert.equal(await rollUp(), 1)
  assert.deepEqual(await settled(), [DAY - HOUR], 'the day before is over')
  sized(FEW_RAW_BYTES / 3 + 1)
  assert.equal(await rollUp(), 3)
  assert.deepEqual(await settled(), [DAY - HOUR, ...hours])

  await world.stored('events-late', [DAY], 7)
  await world.run(DAY + 3 * HOUR)
  assert.equal(await rollUp(), 0, 'what was rolled up does not count')
  clock.advance(21 * HOUR * MINUTE_MS + BATCH_SETTINGS.horizonMs - 1)
  assert.equal(await rollUp(), 0, 'the last hour of the day may still be merged')
  clock.advance(1)
  assert.equal(await rollUp(), 1)
  assert.deepEqual(await settled(), [DAY - HOUR, ...hours])
})
