import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Source } from '../../stores/log/log.ts'
import { bytesOf, NAME_KEY, schemas } from '../../testing/event-fixture.ts'
import { DRIVER_SETTINGS, MemoryWorld } from '../../testing/memory-world.ts'
import { lanesOn } from './lanes.ts'
import { Processing } from './processing.ts'

/** A log of two sources, and a process that counts the sources that it gets. */
async function setUp() {
  const world = new MemoryWorld()
  const { log, counts, clock } = world
  log.growPartitions(2)
  const halts: string[] = []
  const processing = new Processing(
    {
      ...{ log, counts, clock, schemas, nameKey: NAME_KEY, hints: null, snapshots: null },
      lanes: lanesOn(log),
      random: () => 0.5,
      onRetry: () => {},
      onHalt: ({ id }) => halts.push(id),
    },
    DRIVER_SETTINGS,
  )
  const [first, second] = (await log.sources('events')) as [Source, Source]
  /** The offset to which a source is counted and stored. */
  const stored = async ({ id }: Source) => (await counts.readCheckpoint(id))?.offset ?? null
  const isCountedTo = (source: Source, offset: number) =>
    processing.drivers.some((driver) => driver.source === source && driver.checkpoint?.offset === offset)
  return { world, processing, halts, first, second, stored, isCountedTo }
}

test('what was read of a source is stored when it is given up', async () => {
  const { world, processing, first, second, stored, isCountedTo } = await setUp()
  processing.own([first, second])
  await world.send('a:1@12:00:00')
  await world.until(() => isCountedTo(first, 0))
  await world.send('a:2@12:00:00')
  world.counts.away = true
  await world.until(() => world.counts.refused > 0)
  processing.own([second])
  assert.deepEqual(
    processing.drivers.map(({ source }) => source.id),
    [second.id],
  )
  world.counts.away = false
  await world.whileRunning(processing.stop(60_000))
  assert.equal(await stored(first), 1)
  assert.equal((await world.views('a'))?.count, 2)
})

test('its sources seal at the same moments, whenever they came', async () => {
  const { world, processing, first, second } = await setUp()
  const { clock, counts, log } = world
  const writtenMs = new Map<string, number[]>()
  counts.refuses = ([row]) => {
    writtenMs.getOrInsertComputed(row!.bucket.videoId, () => []).push(clock.nowMs())
    return []
  }
  processing.own([first])
  await world.until(() => processing.drivers[0]!.state !== null)
  clock.advance(600)
  processing.own([first, second])
  for (let turn = 0; turn < 3; turn++) {
    for (const [video, { partition }] of Object.entries({ a: first, b: second })) {
      await log.append('events', partition, bytesOf([`${video}:${turn}@12:00:00`]))
    }
    await world.until(() => Array.from(writtenMs.values()).flat().length === 2 * (turn + 1))
  }
  assert.equal(writtenMs.get('a')!.length, 3)
  assert.deepEqual(writtenMs.get('b'), writtenMs.get('a'))
  await world.whileRunning(processing.stop(60_000))
})

test('it is as far as the source that is least far, and tells of each how far it is stored', async () => {
  const { world, processing, first, second, isCountedTo } = await setUp()
  processing.own([first, second])
  await world.send('a:1@12:00:00')
  await world.until(() => isCountedTo(first, 0))
  assert.deepEqual(processing.checkpointed(), new Map([[first.partition, 1]]))
  world.counts.away = true
  await world.send('a:2@12:00:00')
  const [behind, idle] = processing.drivers
  await world.until(() => behind!.asOfMs < idle!.asOfMs)
  assert.equal(processing.progress().asOfMs, behind!.asOfMs)
  world.counts.away = false
  await world.whileRunning(processing.stop(60_000))
  assert.equal(processing.progress().asOfMs, 0, 'nothing is owned, so nothing is known')
})

test('a source that cannot be counted stands still until it is owned anew; others go on', async () => {
  const { world, processing, halts, first, second, isCountedTo } = await setUp()
  await world.send('a:1@12:00:00')
  world.log.trim(first, 1)
  await world.log.append('events', second.partition, bytesOf(['b:1@12:00:00']))
  processing.own([first, second])
  await world.until(() => halts.length > 0 && isCountedTo(second, 0))
  assert.deepEqual(Array.from(processing.halted.keys()), [first.id])
  assert.equal(processing.progress().asOfMs, 0)
  processing.own([second])
  assert.equal(processing.halted.size, 0)
  processing.own([first, second])
  await world.until(() => halts.length > 1)
  assert.deepEqual(halts, [first.id, first.id])
  await world.whileRunning(processing.stop(60_000))
})

test('a store that stays away is waited for no longer than is said', async () => {
  const { world, processing, first, stored } = await setUp()
  processing.own([first])
  world.counts.away = true
  await world.send('a:1@12:00:00')
  await world.until(() => world.counts.refused > 0)
  const toldMs = world.clock.nowMs()
  await world.whileRunning(processing.stop(5_000))
  assert.ok(world.clock.nowMs() - toldMs <= 6_000)
  assert.equal(await stored(first), null)
})

test('retention must leave what a new owner has to read', async () => {
  const { world, processing, first, isCountedTo } = await setUp()
  await world.send('a:1@12:00:00')
  assert.equal(await processing.neededFrom(first), 0, 'not known yet')
  processing.own([first])
  await world.until(() => isCountedTo(first, 0))
  assert.equal(await processing.neededFrom(first), 0, 'its ids are needed')
  world.clock.advance(2 * DRIVER_SETTINGS.horizonMs)
  await world.send('a:2@12:20:00')
  await world.until(() => isCountedTo(first, 1))
  assert.equal(await processing.neededFrom(first), 1)
  const [late] = await world.log.sources('events-late')
  assert.equal(await processing.neededFrom(late!), Number.MAX_SAFE_INTEGER, 'nobody counts them here')
  await world.whileRunning(processing.stop(60_000))
})
