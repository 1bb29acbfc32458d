// The counts behind a breaker.

import type { Breaker } from '../../lib/breaker.ts'
import type { CountReader, CountWriter } from '../counts/counts.ts'
import type { Journal } from '../counts/journal.ts'
import type { RollupReader } from '../counts/rollups.ts'
import type { Uniques } from '../uniques/uniques.ts'

export function guardedWriter(counts: CountWriter, breaker: Breaker): CountWriter {
  return {
    write: (sourceId, rows) => breaker.run(() => counts.write(sourceId, rows)),
    hydrate: (sourceId, buckets) => breaker.run(() => counts.hydrate(sourceId, buckets)),
    readCheckpoint: (sourceId) => breaker.run(() => counts.readCheckpoint(sourceId)),
    writeCheckpoint: (sourceId, checkpoint) =>
      breaker.run(() => counts.writeCheckpoint(sourceId, checkpoint)),
  }
}

export function guardedReader(counts: CountReader, breaker: Breaker): CountReader {
  return {
    read: (series, range) => breaker.run(() => counts.read(series, range)),
    types: (tenant, videoId) => breaker.run(() => counts.types(tenant, videoId)),
    firstMinute: (series) => breaker.run(() => counts.firstMinute(series)),
  }
}

export function guardedRollups(rollups: RollupReader, breaker: Breaker): RollupReader {
  return {
    readRollups: (series, range) => breaker.run(() => rollups.readRollups(series, range)),
    firstRollup: (series) => breaker.run(() => rollups.firstRollup(series)),
    rollupTypes: (tenant, videoId) => breaker.run(() => rollups.rollupTypes(tenant, videoId)),
    readReconciled: () => breaker.run(() => rollups.readReconciled()),
    readHours: (from, to) => breaker.run(() => rollups.readHours(from, to)),
  }
}

/** What the audit is read from. */
export function guardedAudits(
  { rollups, journal }: { readonly rollups: RollupReader; readonly journal: Pick<Journal, 'latest'> },
  breaker: Breaker,
) {
  return {
    rollups: guardedRollups(rollups, breaker),
    journal: {
      latest: (...asked: Parameters<Journal['latest']>) => breaker.run(() => journal.latest(...asked)),
    },
  }
}

export function guardedUniques(uniques: Uniques, breaker: Breaker): Uniques {
  return {
    merge: (sketches) => breaker.run(() => uniques.merge(sketches)),
    read: (tenant, videoId, from, to) => breaker.run(() => uniques.read(tenant, videoId, from, to)),
  }
}
