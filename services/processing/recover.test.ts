import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Log, LogError } from '../../stores/log/log.ts'
import { NAME_KEY, schemas } from '../../testing/event-fixture.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { DRIVER_SETTINGS, MemoryWorld } from '../../testing/memory-world.ts'
import { Decoder } from './core/decode-record.ts'
import type { SourceState } from './core/source-state.ts'
import { HaltError, type RecoveryPorts, recover } from './recover.ts'

const RECORDS = 12

type Recovery = { readonly state: SourceState; readonly recordsRead: number }

/** A world where an owner has counted twelve records, one id each, and stopped. */
async function countedWorld(): Promise<MemoryWorld> {
  const world = new MemoryWorld()
  const { hints, snapshots } = world
  const driver = await world.driver({ hints: true }, { hints, snapshots })
  const running = driver.run()
  for (let i = 0; i < RECORDS; i++) {
    await world.send(`a:${i}@12:00:00`)
    await world.until(() => driver.checkpoint?.offset === i)
  }
  driver.stop()
  await world.whileRunning(running)
  return world
}

/** Recovers, and checks that all ids up to the checkpoint are known and none beyond it. */
async function recovered(
  world: MemoryWorld,
  some: Partial<RecoveryPorts>,
  idsExpected = RECORDS,
): Promise<Recovery> {
  let recordsRead = 0
  const { log } = world
  const spy = readThrough(log, async (...args) => {
    const slice = await log.read(...args)
    recordsRead += slice.records.length
    return slice
  })
  const ports: RecoveryPorts = {
    log: spy,
    counts: world.counts,
    hints: null,
    snapshots: null,
    decoder: new Decoder(schemas, NAME_KEY),
    persist: (_, call) => call(),
    ...some,
  }
  const { state } = await recover(ports, await world.source(), DRIVER_SETTINGS)
  assert.equal(state.nextOffset, idsExpected)
  const ids = state.minutes.values().reduce((sum, { seen }) => sum + seen.size, 0)
  assert.equal(ids, idsExpected)
  return { state, recordsRead }
}

/** The log, read in another way. */
function readThrough(log: Log, read: Log['read']): Log {
  return {
    append: (...args) => log.append(...args),
    sources: (lane) => log.sources(lane),
    bounds: (source) => log.bounds(source),
    ends: (lane) => log.ends(lane),
    offsetForTime: (...args) => log.offsetForTime(...args),
    read,
  }
}

function rows({ minutes }: SourceState): number {
  return minutes.values().reduce((sum, { totals }) => sum + totals.rows, 0)
}

test('without short cuts the ids come from the log', async () => {
  const world = await countedWorld()
  const { state, recordsRead } = await recovered(world, {})
  assert.equal(recordsRead, RECORDS)
  assert.equal(rows(state), 0)
  assert.ok(state.minutes.values().every(({ mayBeStored }) => mayBeStored))
})

test('a snapshot is preferred: neither log nor hints are read, and totals are there', async () => {
  const world = await countedWorld()
  const { snapshots } = world
  const hints = { put: async () => {}, read: () => assert.fail('hints were read') }
  const { state, recordsRead } = await recovered(world, { snapshots, hints })
  assert.equal(recordsRead, 0)
  assert.equal(rows(state), 1)
})

test('a damaged snapshot is as good as none', async () => {
  const world = await countedWorld()
  world.snapshots.bytes![20]! ^= 1
  assert.equal((await recovered(world, { snapshots: world.snapshots })).recordsRead, RECORDS)
})

test('a snapshot from beyond the checkpoint is not taken', async () => {
  const world = await countedWorld()
  const counts = new MemoryCounts()
  const source = await world.source()
  const newest = await world.counts.readCheckpoint(source.id)
  await counts.writeCheckpoint(source.id, { ...newest!, offset: 8 })
  const { state } = await recovered(world, { counts, snapshots: world.snapshots, hints: world.hints }, 9)
  assert.equal(rows(state), 0)
})

test('hint blocks that join stand in for the log', async () => {
  const world = await countedWorld()
  assert.equal((await recovered(world, { hints: world.hints })).recordsRead, 0)
})

test('where a hint block is missing, the log is read', async () => {
  for (const lost of [0, 5, RECORDS - 1]) {
    const world = await countedWorld()
    world.hints.blocks.splice(lost, 1)
    const { recordsRead } = await recovered(world, { hints: world.hints })
    assert.ok(recordsRead > 0 && recordsRead <= RECORDS, `${recordsRead} records for block ${lost}`)
  }
})

test('hints that cannot be had are as good as none', async () => {
  const world = await countedWorld()
  const hints = { put: async () => {}, read: async () => Promise.reject(new Error('away')) }
  assert.equal((await recovered(world, { hints })).recordsRead, RECORDS)
})

test('a read that brings nothing of what was counted is asked for again', async () => {
  const world = await countedWorld()
  const { log } = world
  const retried: string[] = []
  let isLagging = true
  const lagging = readThrough(log, async (...args) => {
    if (!isLagging) return log.read(...args)
    isLagging = false
    return { records: [], endOffset: RECORDS }
  })
  const persist: RecoveryPorts['persist'] = (what, call) =>
    call().catch((error) => {
      assert.ok(error instanceof LogError && error.code === 'unavailable')
      retried.push(what)
      return call()
    })
  await recovered(world, { log: lagging, persist })
  assert.deepEqual(retried, ['read the log'])
})

test('a log that begins after what was counted halts the source', async () => {
  const world = await countedWorld()
  await world.send('a:x@12:00:00')
  await world.send('a:y@12:00:00')
  world.log.trim(await world.source(), RECORDS + 1)
  await assert.rejects(recovered(world, {}), (error) => {
    return error instanceof HaltError && error.code === 'log_starts_after_checkpoint'
  })
})

test('a log that ends before what was counted halts the source', async () => {
  const counted = await countedWorld()
  const world = new MemoryWorld()
  await world.send('a:0@12:00:00')
  await assert.rejects(recovered(world, { counts: counted.counts }), (error) => {
    return error instanceof HaltError && error.code === 'log_ends_before_checkpoint'
  })
})
