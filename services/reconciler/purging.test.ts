// Raw events are purged only when nothing that was acknowledged may still come to their hour.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Fastify from 'fastify'
import { Registry } from 'prom-client'
import { MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import { ALL_HANDED_OVER, type HandedOver } from '../../stores/log/handed-over.ts'
import { atMinute, batchOf } from '../../testing/archive-fixture.ts'
import { BATCH_SETTINGS, BatchWorld, until } from '../../testing/batch-world.ts'
import { bytesOf, schemas, timeOf } from '../../testing/event-fixture.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { MemoryUniques } from '../../testing/memory-uniques.ts'
import { MemoryVideos } from '../../testing/memory-videos.ts'
import { recordArchive } from './archiving/raw-events.ts'
import { BatchLayer } from './batch-layer.ts'

const NOON = minuteOf(timeOf('12:00:00'))

/** An hour with one view, and a batch layer that has recounted it. */
class World extends BatchWorld {
  readonly log = new MemoryLog({ clock: this.clock, partitions: 1 })
  readonly layer: BatchLayer
  handedOver: HandedOver = ALL_HANDED_OVER

  constructor() {
    super(NOON * MINUTE_MS)
    const { archive, counts, rollups, journal, clock, log } = this
    this.layer = new BatchLayer(
      {
        ...{ archive, counts, rollups, journal, clock, log },
        ...{ uniques: new MemoryUniques(), videos: new MemoryVideos(), plans: null },
        records: recordArchive(archive, schemas),
        forget: async () => {},
        handedOver: async () => () => this.handedOver,
        countedAsOfMs: async () => clock.nowMs(),
        sourcesFromMs: 0,
        logger: Fastify({ logger: false }).log,
        registry: new Registry(),
      },
      BATCH_SETTINGS,
    )
  }

  async begin() {
    await this.archive.store(batchOf('00000000-0', 'events', [atMinute(NOON)]))
    this.layer.lead(true)
    await this.counted(1)
  }

  counted(views: number): Promise<void> {
    return until(this.clock, async () => (await this.rollup('hour', NOON)) === views, MINUTE_MS)
  }

  /** Past the time for which raw events are kept, and on for some runs. */
  async grownOld(): Promise<void> {
    this.clock.advance(2 * BATCH_SETTINGS.rawKeptMs)
    const { ended } = this.layer.reconciler.runs
    await until(this.clock, () => this.layer.reconciler.runs.ended >= ended + 3, MINUTE_MS)
  }

  async held(): Promise<readonly number[]> {
    return (await this.archive.holdings()).map(({ hour }) => hour)
  }

  /** A read of the log waits until time passes. */
  async end(): Promise<void> {
    let hasEnded = false
    const stopping = this.layer.stop().then(() => {
      hasEnded = true
    })
    await until(this.clock, () => hasEnded)
    await stopping
  }
}

test('no hour is purged while late events wait to be archived', async () => {
  const world = new World()
  await world.begin()
  await world.log.append('events-late', 0, bytesOf(['v1:late@12:00:00']))
  await world.grownOld()
  assert.deepEqual(await world.held(), [NOON])
  world.layer.own(await world.log.sources('events-late'))
  await world.counted(2)
  await world.grownOld() // its files are merged, and young again
  await world.grownOld()
  assert.deepEqual(await world.held(), [])
  assert.equal(await world.rollup('hour', NOON), 2)
  await world.end()
})

test('no hour is purged while events may wait on the disk of a partitioner that is silent', async () => {
  const world = new World()
  await world.begin()
  world.handedOver = { ...ALL_HANDED_OVER, sureToMs: world.clock.nowMs() }
  await world.grownOld()
  assert.deepEqual(await world.held(), [NOON])
  world.handedOver = ALL_HANDED_OVER
  await world.grownOld()
  assert.deepEqual(await world.held(), [])
  await world.end()
})
