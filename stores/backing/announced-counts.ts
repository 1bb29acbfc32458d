// Tells live answers and top lists of every row that is stored. Wraps the counts, which know nothing of them.
import type { Series } from '../../model/bucket.ts'
import { seriesText } from '../../model/series-text.ts'
import type { ChangePublisher } from '../changes/changes.ts'
import type { CountRow, CountWriter } from '../counts/counts.ts'
import type { TopWriter } from '../tops/tops.ts'

/** Who is told. Top lists are also to be told, by their `begin`, who counts a source from now on. */
export type News = { readonly tops: TopWriter; readonly changes: ChangePublisher }

/** `news`: null where nobody is told. `asOfMs`: up to when everything that the log took is stored, epoch ms. */
export function announcedCounts(counts: CountWriter, news: News | null, asOfMs: () => number): CountWriter {
  if (news === null) return counts
  const { tops, changes } = news
  return {
    async write(sourceId, rows) {
      const refused = await counts.write(sourceId, rows)
      tops.write(
        sourceId,
        refused.length === 0 ? rows : without(rows, new Set(refused.map(({ row }) => row))),
      )
      changes.publish({ series: seriesOf(rows), asOfMs: asOfMs() })
      return refused
    },
    hydrate: (sourceId, buckets) => counts.hydrate(sourceId, buckets),
    readCheckpoint: (sourceId) => counts.readCheckpoint(sourceId),
    async writeCheckpoint(sourceId, checkpoint) {
      await tops.reached(sourceId, checkpoint)
      return counts.writeCheckpoint(sourceId, checkpoint)
    },
  }
}

function without(rows: readonly CountRow[], refused: ReadonlySet<CountRow>): readonly CountRow[] {
  return rows.filter((row) => !refused.has(row))
}

function seriesOf(rows: readonly CountRow[]): Series[] {
  const series = new Map<string, Series>()
  for (const { bucket } of rows) {
    const { tenant, videoId, type } = bucket
    series.set(seriesText(bucket), { tenant, videoId, type })
  }
  return [...series.values()]
}
