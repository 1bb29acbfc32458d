// Makes files as an older release wrote them, for tests.
import { join } from 'node:path'
import { DuckDBConnection } from '@duckdb/node-api'
import type { ArchiveDirectory } from '../../../testing/archive-directory.ts'
import { DAY } from '../../../testing/archive-fixture.ts'
import { hourFileKey } from './layout.ts'
import { checksumOf } from './write-files.ts'

export async function query(sql: string): Promise<unknown[][]> {
  const connection = await DuckDBConnection.create()
  try {
    return (await connection.runAndReadAll(sql)).getRows()
  } finally {
    connection.closeSync()
  }
}

/** Replaces every raw file by what a release without sources of CloudEvents would have written. */
export async function makeOld({ path, objects, rawKeys }: ArchiveDirectory): Promise<void> {
  for (const key of await rawKeys()) {
    const old = join(path, 'old.parquet')
    await query(`COPY (SELECT * EXCLUDE (event_source)
      FROM read_parquet('${join(path, key)}', hive_partitioning = false)) TO '${old}' (FORMAT parquet)`)
    await objects.upload(hourFileKey(DAY, 'events.old-0.0-2', await checksumOf(old)), old)
    await objects.remove([key])
  }
}
