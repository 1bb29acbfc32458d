// Encodes events of any version with avsc, for tests with data of older releases.
import avsc from 'avsc'
import type { Event } from '../model/event.ts'
import { singleObjectHeader } from '../schemas/framing.ts'
import { fingerprintOf, readEventSchemas } from '../schemas/schema-files.ts'

/** The versions, oldest first, with the headers of their bodies. */
export const WRITERS = readEventSchemas().map((schema) => {
  const type = avsc.Type.forSchema(schema as avsc.Schema)
  return { type, header: singleObjectHeader(fingerprintOf(type)) }
})

/** The version that introduced a field. */
const FIELDS_SINCE: readonly (readonly [keyof Event, number])[] = [
  ['attributes', 2],
  ['source', 3],
]

/** The event in a version: fields that the version lacks are null. */
export function heldBy(version: number, event: Event): Event {
  const lacking = FIELDS_SINCE.filter(([, since]) => since > version)
  return { ...event, ...Object.fromEntries(lacking.map(([field]) => [field, null])) }
}

/** The single-object encoding of an event by the schema of a version, which counts from 1. */
export function encodeVersion(version: number, { timeMs, valueThousandths, ...event }: Event): Buffer {
  const { type, header } = WRITERS[version - 1]!
  return Buffer.concat([header, type.toBuffer({ ...event, time: timeMs, value: valueThousandths })])
}
