// Passes every stored row to the top lists. Wraps the counts, which do not know of it.
import type { CountRow, CountWriter } from '../counts/counts.ts'
import type { TopWriter } from './tops.ts'

export function toppedCounts(counts: CountWriter, tops: TopWriter): CountWriter {
  return {
    async write(sourceId, rows) {
      const refused = await counts.write(sourceId, rows)
      tops.write(
        sourceId,
        refused.length === 0 ? rows : without(rows, new Set(refused.map(({ row }) => row))),
      )
      return refused
    },
    hydrate: (sourceId, buckets) => counts.hydrate(sourceId, buckets),
    async readCheckpoint(sourceId) {
      const checkpoint = await counts.readCheckpoint(sourceId)
      tops.begin(sourceId, checkpoint)
      return checkpoint
    },
    async writeCheckpoint(sourceId, checkpoint) {
      await tops.reached(sourceId, checkpoint)
      return counts.writeCheckpoint(sourceId, checkpoint)
    },
  }
}

function without(rows: readonly CountRow[], refused: ReadonlySet<CountRow>): readonly CountRow[] {
  return rows.filter((row) => !refused.has(row))
}
