// An hour that a batch layer has recounted, for tests of what it does afterwards.
import Fastify from 'fastify'
import { Registry } from 'prom-client'
import { MINUTE_MS, minuteOf } from '../model/bucket.ts'
import { recordArchive } from '../services/reconciler/archiving/raw-events.ts'
import { BatchLayer } from '../services/reconciler/batch-layer.ts'
import { ALL_HANDED_OVER, type HandedOver } from '../stores/log/handed-over.ts'
import { atMinute, batchOf } from './archive-fixture.ts'
import { BATCH_SETTINGS, BatchWorld, until } from './batch-world.ts'
import { schemas, timeOf } from './event-fixture.ts'
import { MemoryLog } from './memory-log.ts'
import { MemoryUniques } from './memory-uniques.ts'
import { MemoryVideos } from './memory-videos.ts'

export const HOUR = minuteOf(timeOf('12:00:00'))

/** An hour with one view, and a batch layer that has recounted it. */
export class RecountedHour extends BatchWorld {
  readonly log = new MemoryLog({ clock: this.clock, partitions: 1 })
  readonly layer: BatchLayer
  handedOver: HandedOver = ALL_HANDED_OVER
  /** What was logged as an error. */
  readonly errors: string[] = []

  constructor() {
    super(HOUR * MINUTE_MS)
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
        logger: Object.assign(Fastify({ logger: false }).log, {
          error: (text: string) => this.errors.push(text),
        }),
        registry: new Registry(),
      },
      BATCH_SETTINGS,
    )
  }

  async begin() {
    await this.archive.store(batchOf('00000000-0', 'events', [atMinute(HOUR)]))
    this.layer.lead(true)
    await this.counted(1)
  }

  counted(views: number): Promise<void> {
    return until(this.clock, async () => (await this.rollup('hour', HOUR)) === views, MINUTE_MS)
  }

  /** Past the time for which raw events are kept, and on for some runs. */
  async grownOld(): Promise<void> {
    this.clock.advance(2 * BATCH_SETTINGS.rawKeptMs)
    await this.someRuns()
  }

  async someRuns(): Promise<void> {
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
