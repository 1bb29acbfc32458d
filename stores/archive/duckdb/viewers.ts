// Which viewers the raw events of an hour name, as a sketch for each video. Read in the order of the videos, so that
// few sketches are in memory at once.
import type { DuckDBConnection } from '@duckdb/node-api'
import { HyperLogLog } from '../../../model/hyper-log-log.ts'
import type { HourSketch } from '../../../model/viewer-sketches.ts'
import { type Database, relation } from './database.ts'
import type { RawFiles } from './raw-files.ts'
import { withinHours } from './recount-sql.ts'

/** Sketches in a list; each takes 4 KiB. */
const SKETCHES_MAX = 256
const READ_NAMED = 'SELECT tenant, video_id, viewer_id FROM named ORDER BY tenant, video_id'

export async function* viewersOf(
  database: Database,
  rawFiles: RawFiles,
  hour: number,
): AsyncGenerator<readonly HourSketch[]> {
  const list = () => rawFiles.ofHours([hour])
  const connection = await database.connect()
  try {
    await rawFiles.read(await list(), list, (paths) => fill(connection, paths, hour))
    const rows = await connection.stream(READ_NAMED)
    let sketches: HourSketch[] = []
    for await (const lot of rows.yieldRows()) {
      for (const [tenant, videoId, viewerId] of lot as unknown as readonly (readonly string[])[]) {
        const last = sketches.at(-1)
        if (last?.tenant === tenant && last?.videoId === videoId) {
          last!.sketch.add(viewerId!)
          continue
        }
        if (sketches.length === SKETCHES_MAX) {
          yield sketches
          sketches = []
        }
        sketches.push({ tenant: tenant!, videoId: videoId!, hour, sketch: HyperLogLog.of([viewerId!]) })
      }
    }
    if (sketches.length > 0) yield sketches
  } finally {
    connection.closeSync()
  }
}

async function fill(connection: DuckDBConnection, paths: readonly string[], hour: number): Promise<void> {
  const rows = `${relation(paths)} WHERE ${withinHours([hour])} AND viewer_id IS NOT NULL`
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE named AS SELECT DISTINCT tenant, video_id, viewer_id FROM ${rows}`,
  )
}
