import assert from 'node:assert/strict'
import { it } from 'node:test'
import { MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import { LENGTH_BYTES, RECORD_HEADER_BYTES } from '../../../schemas/framing.ts'
import type { RawBatch } from '../../../stores/archive/archive.ts'
import { BATCH_SETTINGS, until } from '../../../testing/batch-world.ts'
import { bytesOf, schemas, timeOf } from '../../../testing/event-fixture.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryArchive } from '../../../testing/memory-archive.ts'
import { MemoryLog } from '../../../testing/memory-log.ts'
import { MemoryUniques } from '../../../testing/memory-uniques.ts'
import { Archiver, type ArchiverSettings } from './archiver.ts'
import { recordArchive } from './raw-events.ts'

/** An archive that may be away, and records what reached it. */
class WatchedArchive extends MemoryArchive {
  away = false
  readonly batches: RawBatch[] = []

  override async store(batch: RawBatch): Promise<void> {
    if (this.away) throw new Error('the disk is full')
    this.batches.push(batch)
    return super.store(batch)
  }
}

class World {
  readonly clock = new ManualClock(timeOf('12:00:00'))
  readonly log = new MemoryLog({ clock: this.clock, partitions: 1 })
  readonly archive = new WatchedArchive(() => this.clock.nowMs())
  readonly retries: string[] = []
  readonly missing: [number, number][] = []

  async send(...events: readonly string[]): Promise<void> {
    await this.log.append('events', 0, bytesOf(events))
  }

  async source() {
    return (await this.log.sources('events'))[0]!
  }

  /** An archiver that runs until it is stopped. */
  async archiver(settings: Partial<ArchiverSettings> = {}) {
    const archiver = new Archiver(
      await this.source(),
      {
        log: this.log,
        archive: this.archive,
        records: recordArchive(this.archive, schemas),
        uniques: new MemoryUniques(),
        clock: this.clock,
        random: () => 0.5,
        onRetry: (what) => this.retries.push(what),
        onMissing: (_, from, to) => this.missing.push([from, to]),
      },
      { ...BATCH_SETTINGS, ...settings },
    )
    const running = archiver.run()
    return {
      archiver,
      until: (condition: () => boolean) => until(this.clock, condition),
      stopped: async () => {
        archiver.stop()
        let ended = false
        await Promise.all([running.finally(() => (ended = true)), until(this.clock, () => ended)])
      },
    }
  }

  /** `id@offset.index` of all that is archived, in order. */
  get archived(): string[] {
    return this.archive.batches.flatMap(({ events }) => events.map((e) => `${e.id}@${e.offset}.${e.index}`))
  }
}

it('stores what it reads, then notes how far it has come; the next one goes on from there', async () => {
  const world = new World()
  await world.send('a:1@12:00:00', 'a:2@12:00:00')
  await world.send('a:3@12:00:00')
  const first = await world.archiver()
  await first.until(() => first.archiver.checkpoint?.nextOffset === 2)
  await first.stopped()
  await world.send('a:4@12:00:00')
  const second = await world.archiver()
  await second.until(() => second.archiver.checkpoint?.nextOffset === 3)
  await second.stopped()
  assert.deepEqual(world.archived, ['1@0.0', '2@0.1', '3@1.0', '4@2.0'])
  assert.deepEqual(
    world.archive.batches.map(({ fromOffset, toOffset }) => [fromOffset, toOffset]),
    [
      [0, 2],
      [2, 3],
    ],
  )
})

it('stores what it has read when it is stopped', async () => {
  const world = new World()
  await world.send('a:1@12:00:00')
  const { until, stopped } = await world.archiver({ flushIntervalMs: 3_600_000 })
  const sentMs = world.clock.nowMs()
  await until(() => world.clock.nowMs() > sentMs + 10_000)
  assert.deepEqual(world.archived, [])
  await stopped()
  assert.deepEqual(world.archived, ['1@0.0'])
  assert.equal((await world.archive.readCheckpoint((await world.source()).id))?.nextOffset, 1)
})

it('stands still while the archive is away, and then loses nothing', async () => {
  const world = new World()
  world.archive.away = true
  await world.send('a:1@12:00:00')
  const { archiver, until, stopped } = await world.archiver()
  await until(() => world.retries.length > 5)
  assert.deepEqual(new Set(world.retries), new Set(['archive events']))
  assert.equal(archiver.checkpoint?.nextOffset, 0)
  await world.send('a:2@12:00:00')
  world.archive.away = false
  await until(() => archiver.checkpoint?.nextOffset === 2)
  await stopped()
  assert.deepEqual(world.archived, ['1@0.0', '2@1.0'])
})

it('passes records and events that nobody can read, which the stream keeps as dead letters', async () => {
  const world = new World()
  await world.send('?')
  await world.send('a:1@12:00:00', '!', 'a:2@12:00:00')
  const { archiver, until, stopped } = await world.archiver()
  await until(() => archiver.checkpoint?.nextOffset === 2)
  await stopped()
  assert.deepEqual(world.archived, ['1@1.0', '2@1.2'])
})

it('tells of what left the log before it was archived, and from when on nothing is missing', async () => {
  const world = new World()
  for (const id of [1, 2, 3]) await world.send(`a:${id}@12:00:00`)
  world.clock.advance(5 * MINUTE_MS)
  await world.send('a:4@12:05:00')
  world.log.trim(await world.source(), 3)
  const { archiver, until, stopped } = await world.archiver()
  await until(() => archiver.checkpoint?.nextOffset === 4)
  await stopped()
  assert.deepEqual(world.missing, [[0, 3]])
  assert.deepEqual(world.archived, ['4@3.0'])
  assert.equal(minuteOf(archiver.checkpoint!.missingBeforeMs), minuteOf(timeOf('12:05:00')))
})

it('knows from when on nothing is missing also where the log holds nothing any more', async () => {
  const world = new World()
  for (const id of [1, 2, 3]) await world.send(`a:${id}@12:00:00`)
  world.clock.advance(5 * MINUTE_MS)
  world.log.trim(await world.source(), 3)
  const { archiver, until, stopped } = await world.archiver()
  await until(() => archiver.checkpoint?.nextOffset === 3)
  await stopped()
  assert.deepEqual(world.missing, [[0, 3]])
  assert.equal(minuteOf(archiver.checkpoint!.missingBeforeMs), minuteOf(timeOf('12:05:00')))
})

it('gives each event the highest log time that its source had shown', async () => {
  const world = new World()
  await world.send('a:1@12:00:00')
  const { archiver, until, stopped } = await world.archiver()
  await until(() => archiver.checkpoint?.nextOffset === 1)
  world.clock.advance(MINUTE_MS)
  const lateMs = world.clock.nowMs()
  await world.send('a:2@12:00:00')
  await until(() => archiver.checkpoint?.nextOffset === 2)
  await stopped()
  const times = world.archive.batches.flatMap(({ events }) => events.map(({ logTimeMs }) => logTimeMs))
  assert.deepEqual(times, [timeOf('12:00:00'), lateMs])
})

it('goes on storing when the clock is put back', async () => {
  const world = new World()
  world.clock.advance(120 * MINUTE_MS)
  const { until, stopped } = await world.archiver()
  await world.send('v1:a@14:00:00')
  await until(() => world.archived.length === 1)
  world.clock.advance(-120 * MINUTE_MS)
  const backMs = world.clock.nowMs()
  await world.send('v1:b@12:00:00')
  await until(() => world.archived.length === 2)
  assert.ok(world.clock.nowMs() - backMs < MINUTE_MS)
  await stopped()
})

it('stores sooner when somebody asks, once', async () => {
  const world = new World()
  const hurried = await world.archiver({ flushIntervalMs: 60_000, lateFlushIntervalMs: 2_000 })
  await hurried.until(() => hurried.archiver.checkpoint !== null)
  const since = (ms: number) => world.clock.nowMs() - ms
  await world.send('a:1@12:00:00')
  const askedMs = world.clock.nowMs()
  hurried.archiver.hurry()
  await hurried.until(() => hurried.archiver.checkpoint!.nextOffset === 1)
  assert.ok(since(askedMs) < 30_000)
  await world.send('a:2@12:00:00')
  const sentMs = world.clock.nowMs()
  await hurried.until(() => hurried.archiver.checkpoint!.nextOffset === 2)
  assert.ok(since(sentMs) > 30_000)
  await hurried.stopped()
})

it('A record of a later release is waited for, and what follows it is archived after the upgrade', async () => {
  const world = new World()
  await world.send('a:1@12:00:00')
  const newer = Uint8Array.from(bytesOf(['a:2@12:00:00']))
  newer[RECORD_HEADER_BYTES + LENGTH_BYTES + 2]! ^= 1 // a bit of the fingerprint
  await world.log.append('events', 0, newer)
  const { until, stopped, archiver } = await world.archiver()
  await until(() => world.retries.length > 2)
  assert.deepEqual(world.archived, [])
  assert.equal(archiver.checkpoint?.nextOffset, 0)
  await stopped()
})
