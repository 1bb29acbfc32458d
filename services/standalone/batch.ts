// The batch layer of the standalone process.
import { join } from 'node:path'
import { createClient } from '@tally/sdk'
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import type { QueryRate } from '../../lib/http/query-rate.ts'
import type { Naming } from '../../model/naming.ts'
import type { Archive } from '../../stores/archive/archive.ts'
import { csvToParquet } from '../../stores/archive/duckdb/csv-to-parquet.ts'
import type { CountReader } from '../../stores/counts/counts.ts'
import type { EmbeddedStores } from '../../stores/counts/embedded/embedded-stores.ts'
import { EVENT_LANES, type Log, sourcesOf } from '../../stores/log/log.ts'
import type { VideoWriter } from '../../stores/videos/videos.ts'
import type { Processing } from '../processing/processing.ts'
import { registerBatch } from '../reconciler/admin-routes.ts'
import { BatchLayer, writtenBy } from '../reconciler/batch-layer.ts'
import { closedTo } from '../reconciler/due-hours.ts'
import { Exports } from '../reconciler/exports.ts'
import { openBatchArchive } from '../reconciler/open-archive.ts'
import type { Moving } from './embedded-realtime.ts'
import type { Losses } from './loss.ts'
import type { StandaloneSettings } from './settings.ts'

export type Batch = {
  readonly layer: BatchLayer
  readonly archive: Archive
  /** Begins to work, once the process can be reached at `url`. */
  start(url: string): Promise<void>
  /** Before the log and the counts are closed. */
  stop(): Promise<void>
}

/** What the batch layer works with here. */
export type BatchParts = {
  readonly log: Log
  readonly naming: Naming
  readonly stores: EmbeddedStores
  readonly moving: Moving
  readonly processing: Processing
  readonly videos: VideoWriter
  /** The counts as questions are answered from them, past any cache. */
  readonly recent: CountReader
  readonly clock: Clock
  /** To be called when what was closed has changed. */
  readonly forgetAll: () => void
  readonly losses: Losses
  readonly rate: QueryRate
}

export async function openBatch(
  app: FastifyInstance,
  registry: Registry,
  settings: StandaloneSettings,
  { log, naming, stores, moving, processing, videos, recent, clock, forgetAll, losses, rate }: BatchParts,
): Promise<Batch> {
  const { batch, probe } = settings
  const { dataDirectory, objects } = settings
  const opened = await openBatchArchive({ ...batch, dataDirectory, objects }, clock)
  const { archive, records } = opened
  const { counts, rollups, journal } = stores
  const startedMs = clock.nowMs()
  const endLoss = async (closed: number) => {
    if (!losses.isCounting || closed <= closedTo(startedMs, batch)) return
    const [first] = await archive.holdings()
    if (typeof stores.state !== 'string' && stores.state.kind === 'end') stores.accept()
    losses.counted(stores.state, first?.hour ?? Infinity)
    forgetAll()
  }
  const layer = new BatchLayer(
    {
      log,
      archive,
      records,
      counts: writtenBy(counts, moving.counts),
      uniques: moving.uniques,
      rollups,
      journal,
      videos,
      forget: async () => forgetAll(),
      onRecounted: endLoss,
      countedAsOfMs: async () => processing.progress().asOfMs,
      sourcesFromMs: naming.sourcesFromMs,
      clock,
      logger: app.log,
      registry,
    },
    batch,
  )
  registerBatch(app, {
    layer,
    exports: new Exports({
      archive,
      counts: async () => ({ reader: recent, counted: counts, rolledUp: rollups }),
      csvToParquet,
      inTime: batch,
      scratchDirectory: join(dataDirectory, 'scratch', 'exports'),
    }),
    access: settings,
    rate,
  })
  return {
    layer,
    archive,
    async start(url) {
      layer.own(await sourcesOf(log, EVENT_LANES))
      layer.lead(true)
      if (losses.isCounting) layer.reconciler.request(null)
      if (probe === null) return
      layer.probe(createClient({ url, ...(probe.key !== null && { apiKey: probe.key }) }), probe.intervalMs)
    },
    async stop() {
      await layer.stop()
      await opened.close()
    },
  }
}
