// Writes a batch of events as raw files: to temporary files first, which are then put in place as a whole.

import { open, rm } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { type DuckDBConnection, DuckDBDataChunk, INTEGER } from '@duckdb/node-api'
import { dayOf } from '../../../model/bucket.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import type { RawBatch, RawEvent } from '../archive.ts'
import { hourOfEvent } from '../raw-batch.ts'
import { EVENT_COLUMNS, FILE_COLUMNS, FILE_FORMAT, FILE_ORDER } from './columns.ts'
import { type Database, literal } from './database.ts'
import { inParallel } from './in-parallel.ts'
import { dayFileKey, hourFileKey, maskOf } from './layout.ts'

/** Rows that are handed to DuckDB at once. */
const CHUNK_ROWS = 2_048
const READ_BYTES = 2 ** 20

/** Events of one file-to-be. */
type Part = { readonly events: readonly RawEvent[]; readonly keyOf: (checksum: number) => string }

/** A finished file that is not in place yet. */
export type Draft = { readonly path: string; readonly key: string }

/**
 * Resolved means that all of it is durable. After a rejection some files may be in place; a retry replaces them by
 * equal ones.
 */
export async function writeBatch(database: Database, objects: ObjectStore, batch: RawBatch): Promise<void> {
  const drafts: Draft[] = []
  try {
    await database.use((connection) => draftBatch(database, connection, batch, drafts))
    await inParallel(drafts, ({ key, path }) => objects.upload(key, path))
  } finally {
    await discard(drafts)
  }
}

/** Writes the rows of a query to a temporary file, in the order of files. */
export async function draftQuery(
  database: Database,
  connection: DuckDBConnection,
  query: string,
  keyOf: (checksum: number) => string,
): Promise<Draft> {
  const path = database.draftPath()
  try {
    await connection.run(`COPY (${query} ORDER BY ${FILE_ORDER}) TO ${literal(path)} (${FILE_FORMAT})`)
    return { path, key: keyOf(await checksumOf(path)) }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

export async function discard(drafts: readonly Draft[]): Promise<void> {
  for (const { path } of drafts) await rm(path, { force: true })
}

/** CRC-32 of a file's bytes. */
export async function checksumOf(path: string): Promise<number> {
  await using file = await open(path)
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  let checksum = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES)
    if (bytesRead === 0) return checksum
    checksum = crc32(buffer.subarray(0, bytesRead), checksum)
  }
}

async function draftBatch(
  database: Database,
  connection: DuckDBConnection,
  batch: RawBatch,
  drafts: Draft[],
): Promise<void> {
  const parts = partsOf(batch)
  await fillTable(connection, parts)
  const given = `${literal(batch.origin)} AS origin, ${literal(batch.sourceId)} AS source`
  for (const [i, { keyOf }] of parts.entries()) {
    const query = `SELECT ${FILE_COLUMNS} FROM (SELECT *, ${given} FROM batch WHERE part = ${i})`
    drafts.push(await draftQuery(database, connection, query, keyOf))
  }
}

/** Events of the log by the hour; those of an import, which may span years, by the day. */
function partsOf({ sourceId, origin, fromOffset, toOffset, events }: RawBatch): Part[] {
  const stem = `${origin}.${sourceId}.${fromOffset}-${toOffset}`
  if (origin !== 'import') {
    return Array.from(Map.groupBy(events, hourOfEvent), ([hour, some]) => ({
      events: some,
      keyOf: (checksum) => hourFileKey(hour, stem, checksum),
    }))
  }
  return Array.from(
    Map.groupBy(events, (event) => dayOf(hourOfEvent(event))),
    ([day, some]) => {
      const mask = maskOf(new Set(some.map(hourOfEvent)))
      return { events: some, keyOf: (checksum) => dayFileKey(day, stem, mask, checksum) }
    },
  )
}

/** Fills the table `batch` in chunks, and gives the event loop a turn between them. */
async function fillTable(connection: DuckDBConnection, parts: readonly Part[]): Promise<void> {
  const columns = EVENT_COLUMNS.map(({ name, type }) => `${name} ${type}`)
  await connection.run(`CREATE TEMP TABLE batch (part INTEGER, ${columns})`)
  const appender = await connection.createAppender('batch')
  const chunk = DuckDBDataChunk.create([INTEGER, ...EVENT_COLUMNS.map(({ type }) => type)])
  for (const [part, { events }] of parts.entries()) {
    for (let from = 0; from < events.length; from += CHUNK_ROWS) {
      fillChunk(chunk, part, events, from)
      appender.appendDataChunk(chunk)
      await setImmediate()
    }
  }
  appender.closeSync()
}

function fillChunk(chunk: DuckDBDataChunk, part: number, events: readonly RawEvent[], from: number): void {
  const rows = Math.min(CHUNK_ROWS, events.length - from)
  chunk.reset()
  chunk.rowCount = rows
  const parts = chunk.getColumnVector(0)
  for (let i = 0; i < rows; i++) parts.setItem(i, part)
  parts.flush()
  for (const [column, { of }] of EVENT_COLUMNS.entries()) {
    const vector = chunk.getColumnVector(column + 1)
    for (let i = 0; i < rows; i++) vector.setItem(i, of(events[from + i]!))
    vector.flush()
  }
}
