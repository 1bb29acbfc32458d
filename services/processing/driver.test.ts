import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeDeadLetter } from '../../schemas/dead-letter.ts'
import { LENGTH_BYTES, RECORD_HEADER_BYTES } from '../../schemas/framing.ts'
import { splitRecord } from '../../simulator/reference.ts'
import { EMPTY_LEDGER } from '../../stores/counts/counts.ts'
import type { SnapshotStore } from '../../stores/snapshots/snapshots.ts'
import { bytesOf, NAME_KEY, SETTINGS, schemas, timeOf } from '../../testing/event-fixture.ts'
import { MemoryWorld } from '../../testing/memory-world.ts'
import { decodeSnapshot } from './core/snapshot.ts'
import { lanesOn } from './lanes.ts'
import { HaltError } from './recover.ts'

test('what is in the log is counted once, and the checkpoint and the ledger say so', async () => {
  const world = new MemoryWorld()
  await world.send('a:1@12:00:00=1.5', 'a:2@12:00:00', 'b:1@12:00:00')
  const driver = await world.driver()
  const running = driver.run()
  await world.until(() => driver.checkpoint?.offset === 0)
  await world.send('a:2@12:00:00', 'a:3@12:00:01=-3', 'b/like:9@12:00:01')
  await world.until(() => driver.checkpoint?.offset === 1)
  assert.deepEqual(await world.views('a'), { count: 3, values: 2, sum: -1_500n, min: -3_000, max: 1_500 })
  assert.equal((await world.views('b'))?.count, 1)
  const { ledger } = driver.checkpoint!
  assert.equal(ledger.events, 6)
  assert.equal(ledger.counted, 5)
  assert.equal(ledger.duplicate, 1)
  driver.stop()
  await world.whileRunning(running)
})

test('each takeover is told, with the checkpoint that it goes on from, before anything is stored', async () => {
  const world = new MemoryWorld()
  const told: string[] = []
  const onTakeover = (sourceId: string, checkpoint: { readonly offset: number } | null) => {
    told.push(
      `${sourceId} from ${checkpoint?.offset ?? 'the start'} after ${world.counts.writes.length} writes`,
    )
  }
  for (const video of ['a', 'b']) {
    await world.send(`${video}:1@12:00:00`)
    const driver = await world.driver({}, { onTakeover })
    const running = driver.run()
    await world.until(() => driver.checkpoint?.offset === (video === 'a' ? 0 : 1))
    driver.stop()
    await world.whileRunning(running)
  }
  const { id } = await world.source()
  assert.deepEqual(told, [`${id} from the start after 0 writes`, `${id} from 0 after 1 writes`])
})

/** As the next release would write them: of a schema that this one does not know, or framed otherwise. */
function ofNextRelease(what: 'schema' | 'record', ...events: readonly string[]): Uint8Array {
  const bytes = Uint8Array.from(bytesOf(events))
  if (what === 'record') bytes[1]!++
  else bytes[RECORD_HEADER_BYTES + LENGTH_BYTES + 2]! ^= 1 // a bit of the fingerprint
  return bytes
}

for (const what of ['schema', 'record'] as const) {
  test(`a source waits before a ${what} of a later release, and buries nothing`, async () => {
    const world = new MemoryWorld()
    await world.send('a:1@12:00:00', 'a:2@12:00:00')
    await world.log.append('events', 0, ofNextRelease(what, 'a:3@12:00:00'))
    await world.send('a:4@12:00:00')
    const driver = await world.driver()
    let failure: unknown = null
    void driver.run().catch((error) => (failure = error))
    await world.until(() => failure !== null)
    assert.ok(failure instanceof HaltError)
    assert.equal(failure.code, 'newer_format')
    assert.match(failure.message, /at offset 1: a later release has written it\. Upgrade all processors/)
    assert.equal(driver.checkpoint?.offset, 0)
    assert.equal((await world.views('a'))?.count, 2)
    assert.deepEqual(await world.lane('events-dead'), [])
  })
}

test('records of a later release that were counted let a takeover wait, so that no copy of theirs counts', async () => {
  const world = new MemoryWorld()
  await world.log.append('events', 0, ofNextRelease('schema', 'a:1@12:00:00'))
  await world.send('a:2@12:00:00')
  const { id } = await world.source()
  const ledger = { ...EMPTY_LEDGER, records: 2, events: 2, counted: 2 }
  await world.counts.writeCheckpoint(id, { offset: 1, logTimeMs: timeOf('12:00:00'), ledger })
  const driver = await world.driver()
  await assert.rejects(world.whileRunning(driver.run()), { code: 'newer_format' })
})

test('where a setting says so, records of a later release are dead letters', async () => {
  const world = new MemoryWorld()
  await world.log.append('events', 0, ofNextRelease('schema', 'a:1@12:00:00'))
  const driver = await world.driver({ unknownSchemas: 'dead-letter' })
  const running = driver.run()
  await world.until(() => driver.checkpoint?.offset === 0)
  assert.equal((await world.lane('events-dead')).length, 1)
  driver.stop()
  await world.whileRunning(running)
})

test('an idle source goes on saying that it is up to date', async () => {
  const world = new MemoryWorld()
  const driver = await world.driver()
  const running = driver.run()
  const later = world.clock.nowMs() + 30_000
  await world.until(() => driver.asOfMs > later)
  driver.stop()
  await world.whileRunning(running)
})

test('a row that the store refuses for good is a dead letter before the checkpoint passes it', async () => {
  const world = new MemoryWorld()
  world.counts.refuses = (rows) =>
    rows.filter(({ bucket }) => bucket.videoId === 'b').map((row) => ({ row, reason: 'too odd' }))
  await world.send('a:1@12:00:00', 'b:1@12:00:00')
  const driver = await world.driver()
  const running = driver.run()
  await world.until(() => driver.checkpoint?.offset === 0)
  assert.equal((await world.views('a'))?.count, 1)
  const [letter, ...more] = (await world.lane('events-dead')).map(({ bytes }) => decodeDeadLetter(bytes))
  assert.equal(more.length, 0)
  const { origin, reason, offset } = letter!
  assert.deepEqual({ origin, reason, offset }, { origin: 'row', reason: 'too odd', offset: 0 })
  driver.stop()
  await world.whileRunning(running)
})

test('a store that is away stops the reading at the bound; when it is back nothing is missing', async () => {
  const world = new MemoryWorld()
  world.counts.away = true
  const driver = await world.driver({ queueRowsMax: 6, flushRowsMax: 2, writersMax: 2, readBytesMax: 1 })
  const running = driver.run()
  for (let i = 0; i < 100; i++) await world.send(`v${i % 3}:${i}@12:00:00`, `v${3 + (i % 40)}:${i}@12:00:00`)
  await world.until(() => world.counts.refused > 10)
  const state = driver.state!
  const readBefore = state.nextOffset
  assert.ok(readBefore < 100)
  assert.ok(state.queue.rows >= 6 && state.queue.rows <= 6 + 2 * 2, `${state.queue.rows} rows wait`)
  assert.equal(driver.checkpoint, null)
  assert.ok(world.retries.includes('write rows'))
  await world.until(() => world.counts.refused > 20)
  assert.equal(state.nextOffset, readBefore)
  world.counts.away = false
  await world.until(() => driver.checkpoint?.offset === 99)
  let views = 0
  for (let video = 0; video < 43; video++) views += (await world.views(`v${video}`))!.count
  assert.equal(views, 200)
  driver.stop()
  await world.whileRunning(running)
})

test('what is sealed while the writers are busy is written as one table', async () => {
  const world = new MemoryWorld()
  world.counts.away = true
  const driver = await world.driver({ flushRowsMax: 1, writersMax: 1 })
  const running = driver.run()
  for (let i = 0; i < 50; i++) await world.send(`a:${i}@12:00:00`)
  await world.until(() => driver.state?.nextOffset === 50 && world.counts.refused > 2)
  world.counts.away = false
  await world.until(() => driver.checkpoint?.offset === 49)
  assert.deepEqual(
    world.counts.writes.map((rows) => rows.map(({ total }) => total.count)),
    [[1], [50]],
  )
  driver.stop()
  await world.whileRunning(running)
})

test('stopping stores all that was read and sets the checkpoint there', async () => {
  const world = new MemoryWorld()
  const driver = await world.driver({ flushIntervalMs: 1e9 })
  const running = driver.run()
  await world.send('a:1@12:00:00')
  await world.send('a:2@12:00:00')
  await world.until(() => driver.state?.nextOffset === 2)
  driver.stop()
  await world.whileRunning(running)
  assert.equal(driver.checkpoint?.offset, 1)
  assert.equal((await world.counts.readCheckpoint(driver.source.id))?.offset, 1)
  assert.equal((await world.views('a'))?.count, 2)
})

test('an abandoned owner ends also when the store is away, and the next one counts everything once', async () => {
  const world = new MemoryWorld()
  const first = await world.driver()
  const running = first.run()
  await world.send('a:1@12:00:00', 'b:2@12:00:00')
  await world.until(() => first.checkpoint?.offset === 0)
  world.counts.away = true
  await world.send('a:3@12:00:01', 'a:1@12:00:00')
  await world.until(() => world.counts.refused > 3)
  first.abandon()
  await world.whileRunning(running)
  assert.equal(first.checkpoint?.offset, 0)

  world.counts.away = false
  const second = await world.driver()
  const runningAgain = second.run()
  await world.send('a:1@12:00:00', 'b:4@12:00:01')
  await world.until(() => second.checkpoint?.offset === 2)
  assert.equal((await world.views('a'))?.count, 2)
  assert.equal((await world.views('b'))?.count, 2)
  assert.equal(second.checkpoint?.ledger.duplicate, 2)
  second.stop()
  await world.whileRunning(runningAgain)
})

test('two owners of one source at once harm nothing', async () => {
  const world = new MemoryWorld()
  const drivers = [await world.driver({ flushRowsMax: 2 }), await world.driver({ readBytesMax: 1 })]
  const running = drivers.map((driver) => driver.run())
  for (let i = 0; i < 30; i++) await world.send(`a:${i % 20}@12:00:00`, `b:${i}@12:00:00`)
  await world.until(() => drivers.every(({ checkpoint }) => checkpoint?.offset === 29))
  assert.equal((await world.views('a'))?.count, 20)
  assert.equal((await world.views('b'))?.count, 30)
  for (const driver of drivers) driver.stop()
  for (const run of running) await world.whileRunning(run)
})

test('late events and dead letters are in their lanes before the checkpoint passes them', async () => {
  const world = new MemoryWorld()
  world.clock.advance(20 * 60_000)
  await world.send('a:1@12:20:00', 'a:late@12:01:00=7', '!', 'a:far@13:00:00')
  await world.send('?')
  const driver = await world.driver()
  const running = driver.run()
  await world.until(() => driver.checkpoint?.offset === 1)
  const late = (await world.lane('events-late')).flatMap(({ bytes }) => splitRecord(bytes) ?? [])
  const [event] = late.map((bytes) => schemas.decodeEvent(bytes))
  assert.ok(typeof event === 'object')
  assert.equal(event.id, 'late')
  assert.equal(event.timeMs, timeOf('12:01:00'))
  assert.equal(event.valueThousandths, 7_000)
  const letters = (await world.lane('events-dead')).map(({ bytes }) => decodeDeadLetter(bytes)!)
  assert.deepEqual(
    letters.map(({ offset, index, reason, origin }) => [offset, index, reason, origin]),
    [
      [0, 2, 'not_single_object', 'event'],
      [0, 3, 'time_in_future', 'event'],
      [1, -1, 'not_a_record', 'record'],
    ],
  )
  assert.deepEqual(Buffer.from(letters[2]!.bytes), Buffer.from(bytesOf(['?'])))
  driver.stop()
  await world.whileRunning(running)
})

test('what an earlier owner has put aside is not put aside again by one that goes on from a snapshot', async () => {
  const world = new MemoryWorld()
  const { snapshots } = world
  const first = await world.driver({ snapshotIntervalMs: 0 }, { snapshots })
  const running = first.run()
  for (const id of [1, 2]) await world.send(`a:${id}@12:00:00`)
  await world.until(() => snapshots.bytes !== null)
  const older = snapshots.bytes
  await world.send('a:late@11:00:00', '!')
  await world.send('?')
  await world.until(() => first.checkpoint?.offset === 3)
  first.abandon()
  await world.whileRunning(running)
  snapshots.bytes = older

  const second = await world.driver({}, { snapshots })
  const runningAgain = second.run()
  await world.send('a:late@11:00:01', '!')
  await world.until(() => second.checkpoint?.offset === 4)
  assert.equal((await world.lane('events-late')).length, 2)
  assert.equal((await world.lane('events-dead')).length, 3)
  const { late, dead, deadRecords } = second.checkpoint!.ledger
  assert.deepEqual({ late, dead, deadRecords }, { late: 2, dead: 2, deadRecords: 1 })
  second.stop()
  await world.whileRunning(runningAgain)
})

test('a snapshot holds nothing of the records that come while it is copied', async () => {
  const world = new MemoryWorld()
  const { snapshots } = world
  const driver = await world.driver({ snapshotIntervalMs: 0, snapshotPieceBytes: 64 }, { snapshots })
  const running = driver.run()
  await world.send('a:1@12:00:00')
  const startMs = world.clock.nowMs()
  await world.until(() => world.clock.nowMs() > startMs + 1_000) // past the seal that begins a snapshot
  assert.equal(snapshots.bytes, null)
  await world.send(...Array.from({ length: 20 }, (_, i) => `a:${i + 2}@12:00:00`))
  await world.until(() => snapshots.bytes !== null)
  const { minutes, nextOffset } = decodeSnapshot(driver.source.id, SETTINGS, NAME_KEY.id, snapshots.bytes!)!
  const [{ seen } = { seen: null }] = minutes.values()
  assert.deepEqual([nextOffset, seen?.size], [1, 1])
  await world.until(() => driver.checkpoint?.offset === 1)
  assert.equal((await world.views('a'))?.count, 21)
  driver.stop()
  await world.whileRunning(running)
})

test('a source that falls silent is kept as a snapshot, once', async () => {
  const world = new MemoryWorld()
  const kept: number[] = []
  const snapshots: SnapshotStore = {
    read: async () => null,
    write: async () => {
      kept.push(world.clock.nowMs())
    },
  }
  const driver = await world.driver({ snapshotIntervalMs: 60_000 }, { snapshots })
  const running = driver.run()
  await world.send('a:1@12:00:00')
  await world.until(() => driver.checkpoint?.offset === 0)
  assert.deepEqual(kept, [])
  const sentMs = world.clock.nowMs()
  await world.until(() => world.clock.nowMs() > sentMs + 300_000)
  assert.equal(kept.length, 1)
  assert.ok(kept[0]! <= sentMs + 61_000)
  driver.stop()
  await world.whileRunning(running)
})

test('whoever stops waits for the last snapshot', async () => {
  const world = new MemoryWorld()
  let kept = 0
  const snapshots: SnapshotStore = {
    read: async () => null,
    write: async () => {
      await world.clock.sleep(2_000)
      kept++
    },
  }
  const driver = await world.driver({}, { snapshots })
  const running = driver.run()
  for (const id of [1, 2]) await world.send(`a:${id}@12:00:00`)
  await world.until(() => driver.checkpoint?.offset === 0)
  driver.stop()
  await world.whileRunning(running)
  assert.equal(driver.checkpoint?.offset, 1)
  assert.equal(kept, 1)
})

test('the checkpoint waits for a side lane that is away', async () => {
  for (const [lane, event] of [
    ['keepLate', 'a:late@11:00:00'],
    ['keepDead', '!'],
  ] as const) {
    const world = new MemoryWorld()
    let away = true
    const keep = async () => {
      if (away) throw new Error('the lane is away')
    }
    const driver = await world.driver({}, { lanes: { ...lanesOn(world.log), [lane]: keep } })
    const running = driver.run()
    await world.send('a:1@12:00:00', event)
    await world.until(() => world.retries.length > 5)
    assert.equal((await world.views('a'))?.count, 1)
    assert.equal(driver.checkpoint, null)
    away = false
    await world.until(() => driver.checkpoint?.offset === 0)
    driver.stop()
    await world.whileRunning(running)
  }
})

test('an owner whose records were purged before it counted them halts', async () => {
  const world = new MemoryWorld()
  await world.send('a:1@12:00:00')
  await world.send('a:2@12:00:00')
  world.log.trim(await world.source(), 1)
  const driver = await world.driver()
  await assert.rejects(driver.run(), (error) => {
    return error instanceof HaltError && error.code === 'log_starts_after_checkpoint'
  })
})

test('a log that was purged ahead of a slow owner is an error and no gap', async () => {
  const world = new MemoryWorld()
  world.counts.away = true
  const driver = await world.driver({ queueRowsMax: 1, readBytesMax: 1 })
  const running = driver.run()
  await world.send('a:1@12:00:00')
  await world.until(() => world.counts.refused > 3)
  for (const id of [2, 3, 4]) await world.send(`a:${id}@12:00:00`)
  world.log.trim(await world.source(), 3)
  world.counts.away = false
  await assert.rejects(world.whileRunning(running), { code: 'offset_out_of_range' })
})
