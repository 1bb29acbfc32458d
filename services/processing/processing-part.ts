// The counting as a part of a process: counts the sources that it is given.
import type { NotReadyReason } from '../../lib/http/readiness.ts'
import type { Service } from '../../lib/http/start-service.ts'
import { loadSchemas } from '../../schemas/schema-set.ts'
import { announcedCounts } from '../../stores/backing/announced-counts.ts'
import type { Backing } from '../../stores/backing/backing.ts'
import type { CountWriter } from '../../stores/counts/counts.ts'
import type { DriverSettings } from './driver.ts'
import { lanesOn } from './lanes.ts'
import { Processing } from './processing.ts'
import { watchProcessing } from './processing-metrics.ts'

export type ProcessingBacking = Pick<Backing, 'log' | 'naming' | 'news' | 'hints' | 'snapshots'> & {
  readonly counts: CountWriter
}

/** Owns no sources yet. To be stopped before the log and the counts are closed. */
export function addProcessing(
  { registry, readiness, clock, logger, onRetry, traces }: Service,
  { log, naming, counts, news, hints, snapshots }: ProcessingBacking,
  settings: DriverSettings,
): Processing {
  const processing: Processing = new Processing(
    {
      ...{ log, hints, snapshots, clock, onRetry, traces },
      nameKey: naming.key,
      counts: announcedCounts(counts, news, () => processing.progress().asOfMs),
      onTakeover: (sourceId, checkpoint) => news?.tops.begin(sourceId, checkpoint),
      lanes: lanesOn(log),
      schemas: loadSchemas(),
      random: Math.random,
      onHalt: ({ id }, err) => logger.fatal({ err }, `source ${id} stands still`),
    },
    settings,
  )
  readiness.add(() => haltedSources(processing.halted))
  watchProcessing(registry, processing, log, clock)
  return processing
}

function haltedSources(halted: ReadonlyMap<string, unknown>): NotReadyReason | null {
  if (halted.size === 0) return null
  const sources = Array.from(halted.keys()).join(', ')
  const detail = `Halted sources, an operator must decide how to go on: ${sources}.`
  return { code: 'source_halted', detail }
}
