// Decodes a letter's bytes as far as possible, into the form in which events are sent, so that an operator can
// correct and resend what is shown. Pure.
import { jsonValue } from '../../../lib/json-value.ts'
import type { Event } from '../../../model/event.ts'
import { type BrokenPlace, explainEvent, type WireFields } from '../../../schemas/explain-event.ts'
import type { EventFault } from '../../../schemas/scan-record.ts'
import type { SchemaSet } from '../../../schemas/schema-set.ts'
import { splitRecord } from '../../../schemas/split-record.ts'
import type { Letter } from './letter.ts'

/** The fields of an event as POST /v1/events takes them, and a CloudEvent's `source`; as far as they can be read. */
export type EventFields = { readonly [field: string]: unknown }

export type DecodedEvent = {
  /** The event's place in its record. */
  readonly index: number
  /** Why it cannot be read; null if it can. */
  readonly fault: EventFault | null
  /** The fingerprint of the writer's schema; null if there is none. */
  readonly fingerprint: string | null
  readonly tenant: string | null
  readonly event: EventFields
  readonly brokeAt: BrokenPlace | null
}

export type Decoded =
  | ({ readonly kind: 'event' } & DecodedEvent)
  | {
      readonly kind: 'record'
      /** How many events its header announces. */
      readonly announced: number | null
      /** How many are complete, readable or not. */
      readonly found: number
      readonly readable: number
      readonly brokeAt: { readonly byte: number } | null
      /** The first EVENTS_SHOWN_MAX of the events found. */
      readonly events: readonly DecodedEvent[]
    }
  | { readonly kind: 'row'; readonly row: unknown }

export const EVENTS_SHOWN_MAX = 100

/** Null if nothing is known about the bytes. */
export function decodeLetter(schemas: SchemaSet, letter: Letter): Decoded | null {
  switch (letter.origin) {
    case 'event':
      return { kind: 'event', ...decodeOne(schemas, letter.bytes, letter.index) }
    case 'record': {
      const { announced, events, brokeAt } = splitRecord(letter.bytes)
      const isReadable = (bytes: Uint8Array) => typeof schemas.decodeEvent(bytes) !== 'string'
      return {
        kind: 'record',
        announced,
        found: events.length,
        readable: events.filter(isReadable).length,
        brokeAt: brokeAt === null ? null : { byte: brokeAt },
        events: events.slice(0, EVENTS_SHOWN_MAX).map((bytes, index) => decodeOne(schemas, bytes, index)),
      }
    }
    case 'row':
      return { kind: 'row', row: jsonOrText(Buffer.from(letter.bytes).toString()) }
    case 'unknown':
      return null
  }
}

/** The tenant of the letter's event; null if it cannot be read. */
export function tenantOfLetter(schemas: SchemaSet, { bytes }: Letter): string | null {
  const { fields } = explainEvent(schemas, bytes)
  return typeof fields.tenant === 'string' && TENANT.test(fields.tenant) ? fields.tenant : null
}

const TENANT = /^[A-Za-z0-9._-]{0,64}$/

/** An event in the form in which it was sent. */
export function sentForm({ timeMs, valueThousandths, ...event }: Event): EventFields {
  return formOf({ ...event, time: timeMs, value: valueThousandths })
}

function decodeOne(schemas: SchemaSet, bytes: Uint8Array, index: number): DecodedEvent {
  const { fingerprint, fields, brokeAt } = explainEvent(schemas, bytes)
  const read = schemas.decodeEvent(bytes)
  const tenant = typeof fields.tenant === 'string' ? fields.tenant : null
  return {
    index,
    fault: typeof read === 'string' ? read : null,
    fingerprint,
    tenant,
    event: formOf(fields),
    brokeAt,
  }
}

const SENT_FIELDS = [
  'id',
  'source',
  'videoId',
  'type',
  'time',
  'value',
  'viewerId',
  'channelId',
  'attributes',
] as const

/** Absent fields are left out; thousandths become a number, and the text of attributes the object that it holds. */
function formOf(fields: WireFields): EventFields {
  const form: Record<string, unknown> = {}
  for (const field of SENT_FIELDS) {
    const value = fields[field]
    if (value === undefined || value === null) continue
    if (field === 'value') form.value = Number(value) / 1_000
    else if (field === 'attributes') form.attributes = jsonOrText(String(value))
    else form[field] = value
  }
  return form
}

function jsonOrText(text: string): unknown {
  const value = jsonValue(text)
  return value === undefined ? text : value
}
