// The batch layer as a part of a process: archives the sources that it is given, recounts, and serves its operators.

import { join } from 'node:path'
import type { Keys } from '../../lib/http/keys/key-ring.ts'
import type { QueryRate } from '../../lib/http/query-rate.ts'
import type { Service } from '../../lib/http/start-service.ts'
import { inBackground } from '../../lib/opening.ts'
import { SECOND_MS, type Series } from '../../model/bucket.ts'
import type { Coverage } from '../../model/coverage.ts'
import { createClient } from '../../sdk/src/node/index.ts'
import { inTimeOf } from '../../stores/archive/archive.ts'
import { csvToParquet } from '../../stores/archive/duckdb/csv-to-parquet.ts'
import { announcedCounts } from '../../stores/backing/announced-counts.ts'
import type { Backing } from '../../stores/backing/backing.ts'
import type { CountWriter } from '../../stores/counts/counts.ts'
import { EVENT_LANES } from '../../stores/log/log.ts'
import type { Vouched } from '../query/deps.ts'
import { firstMinuteOf } from '../query/read/empty-past.ts'
import { StitchedReader } from '../query/read/stitched-reader.ts'
import { shareSecretOf } from '../query/share-route.ts'
import { Archived } from './archiving/archived.ts'
import type { BatchArchive } from './archiving/open-archive.ts'
import { type BatchDeps, BatchLayer } from './batch-layer.ts'
import { registerBatch } from './operators/admin-routes.ts'
import type { CountsToExport } from './operators/export-counts.ts'
import { Exports } from './operators/exports.ts'
import type { ProbeSettings } from './probe/probe-settings.ts'
import type { ArchiveQueryRouteDeps } from './questions/archive-query-route.ts'
import { breakdownMetrics } from './questions/breakdown-metrics.ts'
import { registerBreakdown } from './questions/breakdown-route.ts'
import { Breakdowns } from './questions/breakdowns.ts'
import { registerSite } from './questions/site-route.ts'
import { registerSql } from './questions/sql-route.ts'
import type { BatchSettings } from './reconciler-settings.ts'

export type BatchBacking = BatchArchive &
  Pick<Backing, 'log' | 'naming' | 'counts' | 'rollups' | 'journal' | 'uniques' | 'videos' | 'kept' | 'news'>

/** How far the archive has come is looked at this often, so that it is known when a question comes. */
const LOOK_INTERVAL_MS = 10 * SECOND_MS

export type BatchPartSettings = {
  readonly dataDirectory: string
  readonly batch: BatchSettings
}

export type BatchBeside = Pick<
  BatchDeps,
  'plans' | 'forget' | 'countedAsOfMs' | 'onRecounted' | 'onImported' | 'handedOver'
> & {
  /** Up to when everything that the log took is known to be stored, epoch ms. */
  readonly asOfMs: () => number
  readonly rate: QueryRate
  /** See BreakdownDeps. */
  readonly vouched: () => Promise<Vouched | null>
}

/** Works on nothing yet. To be stopped before what it works with is closed. */
export function addBatchLayer(
  service: Service,
  backing: BatchBacking,
  settings: BatchPartSettings,
  { asOfMs, rate, vouched, ...beside }: BatchBeside,
): { readonly layer: BatchLayer; readonly fromArchive: ArchiveQueryRouteDeps } {
  const { app, registry, clock, logger, keys } = service
  const { counts, news, archive, naming } = backing
  const { sourcesFromMs } = naming
  const { handedOver } = beside
  keys.links.useUnlessSet(shareSecretOf(naming))
  const corrected = writtenBy(counts, announcedCounts(counts, news, asOfMs))
  const layer = new BatchLayer(
    { ...backing, ...beside, sourcesFromMs, counts: corrected, clock, logger, registry },
    settings.batch,
  )
  const exports = new Exports({
    archive,
    counts: () => countsToExport(backing, () => clock.nowMs()),
    csvToParquet,
    inTime: inTimeOf(settings.batch),
    scratchDirectory: join(settings.dataDirectory, 'scratch', 'exports'),
  })
  registerBatch(app, { layer, exports, keys, rate })
  const archived = new Archived(
    { log: backing.log, archive, clock, ...(handedOver && { handedOver }) },
    EVENT_LANES,
    (err) => logger.warn({ err }, 'could not tell how far the archive has come'),
  )
  inBackground(service, (stopping) => archived.follow(LOOK_INTERVAL_MS, stopping))
  const answering = { ...backing, archived, vouched }
  return { layer, fromArchive: addAnswers(service, answering, settings.batch, layer, rate) }
}

/** What is answered from the archive; returns what other questions by attributes are answered with. */
function addAnswers(
  service: Service,
  backing: BatchBacking & Pick<BatchBeside, 'vouched'> & { readonly archived: Archived },
  { dimensions, ...settings }: BatchSettings,
  { reconciler, privacy }: BatchLayer,
  rate: QueryRate,
): ArchiveQueryRouteDeps {
  const { app, registry, clock, keys } = service
  const { archived, asked, rollups, journal, kept, videos, vouched } = backing
  const inTime = inTimeOf(settings)
  const removals = (fromMinute: number) => privacy.acts.removals(fromMinute)
  const found = {
    ...{ archive: asked, inTime, rollups, removals, vouched, clock },
    firstMinute: async (series: readonly Series[]) =>
      firstMinuteOf((await countsToExport(backing, () => clock.nowMs())).reader, series),
  }
  const asking = { archived, clock, hurry: () => reconciler.hurry() }
  const breakdowns = new Breakdowns({ ...found, ...asking })
  const metrics = breakdownMetrics(registry)
  registerBreakdown(app, { breakdowns, dimensions, videos, keys, rate, clock, metrics })
  const site = {
    ...{ archive: asked, inTime, rollups, journal, removals, vouched, clock },
    kept: (coverage: Coverage | null) => kept(clock.nowMs(), coverage),
  }
  const fromArchive = { breakdowns, asked: { ...found, videos }, videos, dimensions, keys, rate, clock }
  registerSite(app, { ...fromArchive, site })
  registerSql(app, { ...asking, archive: asked, inTime, keys, rate })
  return fromArchive
}

/**
 * Probes the front door and the queries at `url` from now on; null: nothing is probed. Without a key of its own the
 * probe pauses while keys are on.
 */
export function probeAt(
  url: string | null,
  layer: BatchLayer,
  probe: ProbeSettings | null,
  keys: Pick<Keys, 'areOn'>,
): void {
  if (probe === null || url === null) return
  const { key, intervalMs } = probe
  const client = createClient({ url, ...(key !== null && { apiKey: key }) })
  layer.probe(client, intervalMs, () => key === null && keys.areOn)
}

/** The counts, with corrections written through `writer`, which tells of them. */
function writtenBy(counts: BatchDeps['counts'], writer: Pick<CountWriter, 'write'>): BatchDeps['counts'] {
  return {
    types: (tenant, videoId) => counts.types(tenant, videoId),
    firstMinute: (series) => counts.firstMinute(series),
    heldMinutes: (series, from, to) => counts.heldMinutes(series, from, to),
    writtenHours: (from, to) => counts.writtenHours(from, to),
    writtenSeries: (hour, range) => counts.writtenSeries(hour, range),
    write: (sourceId, rows) => writer.write(sourceId, rows),
  }
}

/** As they would be answered with when the export begins. */
async function countsToExport(
  { counts, rollups, kept: keptAt }: Pick<Backing, 'counts' | 'rollups' | 'kept'>,
  nowMs: () => number,
): Promise<CountsToExport> {
  const reconciled = await rollups.readReconciled()
  const coverage = () => reconciled
  const kept = () => keptAt(nowMs(), reconciled)
  const reader = new StitchedReader({ counts, rollups, coverage, kept })
  return { reader, counted: counts, rolledUp: rollups }
}
