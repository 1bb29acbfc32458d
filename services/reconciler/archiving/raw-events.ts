// Decodes records of the log into the raw events of the archive. Independent of processing: they share only the
// codec, so that a mistake in one is found by the other.

import type { UnknownSchemas } from '../../../lib/unknown-schemas.ts'
import { sketchesOf } from '../../../model/viewer-sketches.ts'
import { newerFormat } from '../../../schemas/newer-format.ts'
import { EventColumns, scanRecord } from '../../../schemas/scan-record.ts'
import type { SchemaSet } from '../../../schemas/schema-set.ts'
import type { Archive, RawEvent, RecordArchive } from '../../../stores/archive/archive.ts'
import type { LogRecord } from '../../../stores/log/log.ts'

/** Fails as long as records are there that only a later release can read, unless they are to be passed over. */
export function recordArchive(
  archive: Pick<Archive, 'store'>,
  schemas: SchemaSet,
  unknownSchemas: UnknownSchemas = 'wait',
): RecordArchive {
  const reader = new RawEventReader(schemas, unknownSchemas)
  return {
    async store({ records, ...place }) {
      const events = records.flatMap((record) => reader.read(record))
      if (events.length > 0) await archive.store({ ...place, events })
      return sketchesOf(events)
    },
  }
}

class RawEventReader {
  readonly #schemas: SchemaSet
  readonly #unknownSchemas: UnknownSchemas
  readonly #columns = new EventColumns()

  constructor(schemas: SchemaSet, unknownSchemas: UnknownSchemas) {
    this.#schemas = schemas
    this.#unknownSchemas = unknownSchemas
  }

  /** Every event that can be read; the rest are dead letters, which processing stores. */
  read({ offset, logTimeMs, bytes }: LogRecord): RawEvent[] {
    const columns = this.#columns
    const events: RawEvent[] = []
    const fault = scanRecord(this.#schemas, bytes, columns)
    const unknown = this.#unknownSchemas === 'wait' ? newerFormat(bytes, fault, columns) : null
    if (unknown !== null) {
      const finding = `this release does not know ${unknown} at offset ${offset}: a later release has written it`
      throw new Error(`${finding}. Upgrade all processors and reconcilers.`)
    }
    if (fault !== null) return events
    for (let index = 0; index < columns.count; index++) {
      const event = this.#schemas.decodeScanned(columns, index)
      if (typeof event !== 'string') events.push({ ...event, offset, index, logTimeMs })
    }
    return events
  }
}
