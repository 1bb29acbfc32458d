// The counts behind a breaker.
import type { CountReader, CountWriter } from '../../ports/counts.ts'
import type { RollupReader } from '../../ports/rollups.ts'
import type { Breaker } from './breaker.ts'

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
