// Decodes records of the log into the raw events of the archive. Independent of processing: they share only the
// codec, so that a mistake in one is found by the other.

import { sketchesOf } from '../../model/viewer-sketches.ts'
import { EventColumns, scanRecord } from '../../schemas/scan-record.ts'
import type { SchemaSet } from '../../schemas/schema-set.ts'
import type { Archive, RawEvent, RecordArchive } from '../../stores/archive/archive.ts'
import type { LogRecord } from '../../stores/log/log.ts'

export function recordArchive(archive: Pick<Archive, 'store'>, schemas: SchemaSet): RecordArchive {
  const reader = new RawEventReader(schemas)
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
  readonly #columns = new EventColumns()

  constructor(schemas: SchemaSet) {
    this.#schemas = schemas
  }

  /** Every event that can be read; the rest are dead letters, which processing stores. Never throws. */
  read({ offset, logTimeMs, bytes }: LogRecord): RawEvent[] {
    const columns = this.#columns
    const events: RawEvent[] = []
    if (scanRecord(this.#schemas, bytes, columns) !== null) return events
    for (let index = 0; index < columns.count; index++) {
      if (columns.fault[index] !== 0) continue
      const body = columns.bytes.subarray(columns.bodyStart[index], columns.bodyEnd[index])
      const event = this.#schemas.decodeEvent(body)
      if (typeof event !== 'string') events.push({ ...event, offset, index, logTimeMs })
    }
    return events
  }
}
