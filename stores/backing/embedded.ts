// Everything on the disk of one process.
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { inBackground, type Opening } from '../../lib/opening.ts'
import { keepPrivate } from '../../lib/private-files.ts'
import { minuteOf } from '../../model/bucket.ts'
import type { EarlierHorizon } from '../../model/horizons.ts'
import { type CountRetention, keptAt, keptOfBoth, keptUnlessCovered } from '../../model/retention.ts'
import { partitionsNeeded } from '../../model/validate-layouts.ts'
import { EmbeddedAlerts } from '../alerts/embedded-alerts.ts'
import { MemoryChanges } from '../changes/memory-changes.ts'
import { type EmbeddedStores, openEmbeddedStores } from '../counts/embedded/embedded-stores.ts'
import { type DataDirectory, openDataDirectory } from '../disk/data-directory.ts'
import { type FileLayouts, openFileLayouts } from '../layouts/file-layouts.ts'
import type { WantedLayout } from '../layouts/layout-settings.ts'
import { type EmbeddedLog, openEmbeddedLog, type Retention } from '../log/embedded/embedded-log.ts'
import { type OverflowSettings, openOverflow } from '../log/open-overflow.ts'
import { LocalRateLimit } from '../rate-limit/rate-limit.ts'
import { OWN_RATES } from '../rates/rates.ts'
import { fileSnapshots } from '../snapshots/file-snapshots.ts'
import { MemoryTops } from '../tops/memory-tops.ts'
import { topLimits } from '../tops/top-limits.ts'
import { TOP_RETENTION_MINUTES } from '../tops/tops.ts'
import { type EmbeddedUniques, openEmbeddedUniques } from '../uniques/embedded-uniques.ts'
import { type EmbeddedVideos, openEmbeddedVideos } from '../videos/embedded-videos.ts'
import { MemoryViewers } from '../viewers/memory-viewers.ts'
import type { Backing } from './backing.ts'

export type EmbeddedSettings = OverflowSettings & {
  readonly layout: WantedLayout
  readonly limits: {
    readonly horizonMs: number
    readonly aheadMs: number
    readonly eventsPerSecondMax: number | null
    readonly eventsPerSecondPerKeyMax: number | null
    readonly eventsPerSecondPerAddressMax: number | null
  }
  readonly rawRetention: Retention
  /** Of counts. */
  readonly retention: CountRetention
  /** What top lists may take in memory. */
  readonly topsBytesMax: number
}

/** What only the one process that has it all needs to know of it. */
export type EmbeddedForms = {
  readonly directory: DataDirectory
  readonly log: EmbeddedLog
  /** What has closed minutes before. */
  readonly earlierHorizons: readonly EarlierHorizon[]
  readonly stores: EmbeddedStores
  readonly videos: EmbeddedVideos
  readonly uniques: EmbeddedUniques
}

export type EmbeddedBacking = Omit<Backing, 'archive'> & { readonly forms: EmbeddedForms }

/** Fails with a DataDirectoryError or LogError that says what to do. */
export async function openEmbedded(opening: Opening, settings: EmbeddedSettings): Promise<EmbeddedBacking> {
  const { stack, clock, logger } = opening
  await keepPrivate([], logger)
  const directory = await openDataDirectory(settings.dataDirectory)
  await keepPrivate([directory.root], logger)
  const layouts = await openLayouts(directory, settings, clock, (count) => log.growPartitions(count))
  const log: EmbeddedLog = await openEmbeddedLog({
    directory: directory.log,
    clock,
    partitions: partitionsNeeded(layouts.current()),
    retention: settings.rawRetention,
  })
  stack.defer(() => log.close())
  const earlierHorizons = await log.followHorizon(settings.limits.horizonMs)
  const overflow = await openOverflow(log, settings, clock)
  const stores = await openEmbeddedStores({ directory: directory.counts })
  stack.defer(() => stores.close())
  const videos = await openEmbeddedVideos(join(directory.root, 'videos'))
  stack.defer(() => videos.close())
  const uniques = await openEmbeddedUniques({ directory: join(directory.root, 'uniques') })
  stack.defer(() => uniques.close())
  const { counts, rollups, journal } = stores
  const tops = openTops(opening, stores, settings.topsBytesMax)
  const changes = new MemoryChanges()
  return {
    ...overflow,
    layouts,
    naming: log.naming,
    rateLimit: new LocalRateLimit(settings.limits.eventsPerSecondMax, clock),
    senderLimits: {
      key: new LocalRateLimit(settings.limits.eventsPerSecondPerKeyMax, clock),
      address: new LocalRateLimit(settings.limits.eventsPerSecondPerAddressMax, clock),
    },
    ...{ counts, rollups, journal, uniques, videos, tops, changes },
    alerts: new EmbeddedAlerts(stores.database),
    audits: { rollups, journal },
    /** What is not recounted is never swept, and so can be asked for however old it is. */
    kept: (nowMs, coverage) =>
      keptUnlessCovered(keptOfBoth(keptAt(nowMs, settings.retention), rollups.swept), coverage),
    isShared: false,
    rates: OWN_RATES,
    news: { tops, changes },
    viewers: new MemoryViewers(clock),
    cache: null,
    hints: null,
    snapshots: fileSnapshots(directory.snapshots),
    forms: { directory, log, earlierHorizons, stores, videos, uniques },
  }
}

function openLayouts(
  { root, isUsed }: DataDirectory,
  { layout: wanted, limits: { aheadMs }, rawRetention: { ageMs: retentionMs } }: EmbeddedSettings,
  clock: Clock,
  grow: (partitions: number) => Promise<void>,
): Promise<FileLayouts> {
  const path = join(root, 'layouts.json')
  return openFileLayouts({ path, wanted, clock, aheadMs, retentionMs, isUsed, grow })
}

/** Filled from the counts meanwhile. */
function openTops(opening: Opening, { counts }: EmbeddedStores, bytesMax: number): MemoryTops {
  const { clock, logger } = opening
  const tops = new MemoryTops(clock, topLimits(bytesMax))
  const stored = counts.rowsFrom(minuteOf(clock.nowMs()) - TOP_RETENTION_MINUTES)
  inBackground(opening, (signal) =>
    tops.fill(stored, signal).catch((err) => logger.error({ err }, 'top lists are not whole')),
  )
  return tops
}
