// Names are distinguished by their fingerprints alone, so no two of a large set may share one. A world's own events
// are too few to reveal a fingerprint that is too short: this sends a large set through the production decoder and
// index.

import type { Event } from '../model/event.ts'
import { FINGERPRINT_WORDS, FingerprintSet } from '../model/fingerprint-set.ts'
import { NameKey } from '../model/name-key.ts'
import { RecordBuilder } from '../schemas/record.ts'
import type { SchemaSet } from '../schemas/schema-set.ts'
import { Decoder } from '../services/processing/core/decode-record.ts'
import { Violation } from './witness.ts'

/** With 32-bit fingerprints, eight pairs among this many names would collide. */
const CROWD = 1 << 18
const EVENTS_PER_RECORD = 1 << 14
const KEY = new NameKey(Uint8Array.from({ length: 16 }, (_, i) => i))

export function aCrowdIsToldApart(schemas: SchemaSet, timeMs: number): void {
  const decoder = new Decoder(schemas, KEY)
  const seen = new FingerprintSet()
  const builder = new RecordBuilder()
  for (let number = 0; number < CROWD; number += EVENTS_PER_RECORD) {
    for (let i = 0; i < EVENTS_PER_RECORD; i++) builder.add(viewOf(`${number + i}`, timeMs))
    const records = [{ offset: 0, logTimeMs: timeMs, bytes: builder.finish() }]
    builder.reset()
    for (const [record] of decoder.decode(records))
      for (let i = 0; i < EVENTS_PER_RECORD; i++) seen.add(record!.fingerprints, i * FINGERPRINT_WORDS)
  }
  if (seen.size < CROWD) throw new Violation(`of ${CROWD} ids ${CROWD - seen.size} are taken for copies`)
}

function viewOf(id: string, timeMs: number): Event {
  const nothing = { valueThousandths: null, viewerId: null, channelId: null, attributes: null, source: null }
  return { tenant: '', videoId: 'v1', type: 'view', id, timeMs, ...nothing }
}
