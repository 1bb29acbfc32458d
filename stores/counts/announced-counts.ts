// Publishes every stored row to the change feed. Wraps the counts, which do not know it.
import type { Series } from '../../model/bucket.ts'
import { seriesText } from '../../model/series-text.ts'
import type { ChangePublisher } from '../changes/changes.ts'
import type { CountRow, CountWriter } from './counts.ts'

/** `asOfMs`: up to when everything that the log took is stored, epoch ms. */
export function announcedCounts(
  counts: CountWriter,
  publisher: ChangePublisher,
  asOfMs: () => number,
): CountWriter {
  return {
    async write(sourceId, rows) {
      const refused = await counts.write(sourceId, rows)
      publisher.publish({ series: seriesOf(rows), asOfMs: asOfMs() })
      return refused
    },
    hydrate: (sourceId, buckets) => counts.hydrate(sourceId, buckets),
    readCheckpoint: (sourceId) => counts.readCheckpoint(sourceId),
    writeCheckpoint: (sourceId, checkpoint) => counts.writeCheckpoint(sourceId, checkpoint),
  }
}

function seriesOf(rows: readonly CountRow[]): Series[] {
  const series = new Map<string, Series>()
  for (const { bucket } of rows) {
    const { tenant, videoId, type } = bucket
    series.set(seriesText(bucket), { tenant, videoId, type })
  }
  return [...series.values()]
}
