// Plans what replaying a letter would store: its events as far as they can be read, or an operator's correction,
// checked by the rules of the front door. Pure.

import { minuteOf } from '../../../model/bucket.ts'
import type { Event } from '../../../model/event.ts'
import { type ParseContext, parseEventWithSource } from '../../../model/parse-event.ts'
import type { SchemaSet } from '../../../schemas/schema-set.ts'
import { splitRecord } from '../../../schemas/split-record.ts'
import type { ParsedItems } from '../parse.ts'
import type { RejectedItem } from '../rejected-items.ts'
import { sentForm, tenantOfLetter } from './decode-letter.ts'
import type { Letter } from './letter.ts'

export type Correction = {
  /** As in POST /v1/events, with the `source` if it was a CloudEvent. */
  readonly event: unknown
  /** The tenant, if the letter does not name one. */
  readonly tenant: string | null
}

export type Unreadable = { readonly index: number; readonly fault: string }

export type Plan =
  | {
      readonly ok: true
      readonly parsed: ParsedItems
      readonly unreadable: readonly Unreadable[]
      /**
       * The identity under which the letter's single event is counted, so that no other event replaces it; null for
       * records.
       */
      readonly identity: string | null
    }
  | { readonly ok: false; readonly code: RefusalCode; readonly detail: string }

/** `not_replayable`: letters of this kind cannot be replayed; `invalid_correction`: the request is wrong. */
type RefusalCode = 'not_replayable' | 'invalid_correction'

type Items = {
  readonly events: readonly { readonly index: number; readonly tenant: string; readonly form: unknown }[]
  readonly unreadable: readonly Unreadable[]
}

/** The time and the bounds; the tenant comes from the letter. */
export type Rules = Omit<ParseContext, 'tenant'>

export function planReplay(
  schemas: SchemaSet,
  rules: Rules,
  letter: Letter,
  correction: Correction | null,
): Plan {
  switch (letter.origin) {
    case 'event':
      return planEvent(schemas, rules, letter, correction)
    case 'record':
      if (correction !== null) return refuse('invalid_correction', OF_A_RECORD)
      return { ok: true, ...judge(rules, eventsOf(schemas, letter.bytes)), identity: null }
    case 'row':
      return refuse('not_replayable', OF_A_ROW)
    case 'unknown':
      return refuse(
        'not_replayable',
        'This record is no dead letter, so nothing in it can be counted: discard it.',
      )
  }
}

const OF_A_RECORD =
  'This letter is a whole record: its readable events are replayed as they are. ' +
  'Send what you know of the others to POST /v1/events.'
/** Writing it in addition to the recount's correction would count its events twice. */
const OF_A_ROW =
  'A row is no event: its events are in the log, and the recount of their hour counts them without this row. ' +
  'Mend the store and discard the letter.'

function refuse(code: RefusalCode, detail: string): Plan {
  return { ok: false, code, detail }
}

function planEvent(schemas: SchemaSet, rules: Rules, letter: Letter, correction: Correction | null): Plan {
  const items = correction === null ? readEvent(schemas, letter) : corrected(schemas, letter, correction)
  if (typeof items === 'string') return refuse('invalid_correction', items)
  const judged = judge(rules, items)
  const [event] = [...judged.parsed.onTime, ...judged.parsed.late]
  return { ok: true, ...judged, identity: event === undefined ? null : identityOf(event) }
}

function readEvent(schemas: SchemaSet, { bytes, index }: Letter): Items {
  const event = schemas.decodeEvent(bytes)
  if (typeof event === 'string') return { events: [], unreadable: [{ index, fault: event }] }
  return { events: [{ index, tenant: event.tenant, form: sentForm(event) }], unreadable: [] }
}

function corrected(schemas: SchemaSet, letter: Letter, { event, tenant }: Correction): Items | string {
  const own = tenantOfLetter(schemas, letter)
  const used = own ?? tenant
  if (used === null)
    return 'The letter does not tell whose event it is: send its tenant too ("" is the default one).'
  if (tenant !== null && tenant !== used)
    return `The letter's tenant is ${JSON.stringify(own)}, and stays so.`
  return { events: [{ index: letter.index, tenant: used, form: event }], unreadable: [] }
}

/** The complete and readable events; those that broken framing cut off count as unreadable. */
function eventsOf(schemas: SchemaSet, record: Uint8Array): Items {
  const { announced, events: found, brokeAt } = splitRecord(record)
  const read = found.map((bytes, index) => ({ index, event: schemas.decodeEvent(bytes) }))
  const unreadable: Unreadable[] = read.flatMap(({ index, event: fault }) =>
    typeof fault === 'string' ? [{ index, fault }] : [],
  )
  if (brokeAt !== null || announced === null) {
    unreadable.push({ index: found.length, fault: `bad_framing at byte ${brokeAt}` })
  }
  return {
    events: read.flatMap(({ index, event }) =>
      typeof event === 'string' ? [] : [{ index, tenant: event.tenant, form: sentForm(event) }],
    ),
    unreadable,
  }
}

function judge(rules: Rules, { events, unreadable }: Items) {
  const onTime: Event[] = []
  const late: Event[] = []
  const rejected: RejectedItem[] = []
  for (const { index, tenant, form } of events) {
    const parsed = parseEventWithSource(form, { ...rules, tenant })
    if (parsed.ok) (parsed.late ? late : onTime).push(parsed.event)
    else rejected.push({ index, code: parsed.code, detail: parsed.detail })
  }
  return { parsed: { onTime, late, rejected }, unreadable }
}

/** Events of one identity are copies of each other (law 4). No part holds a tab. */
function identityOf({ tenant, videoId, type, timeMs, id, source }: Event): string {
  return [tenant, videoId, minuteOf(timeMs), id, type, source ?? ''].join('\t')
}

/** The parts of an identity. Journals of releases that did not distinguish events by type lack the last two. */
export function partsOfIdentity(identity: string): {
  readonly tenant: string
  readonly videoId: string
  readonly minute: number
  readonly id: string
  readonly type: string | null
  readonly source: string | null
} {
  const [tenant, videoId, minute, id, type, source] = identity.split('\t') as [
    string,
    string,
    string,
    string,
    ...string[],
  ]
  return { tenant, videoId, minute: Number(minute), id, type: type ?? null, source: source || null }
}

/** Whether the event that may be stored under the earlier identity is a copy of the planned one, as far as known. */
export function isSameIdentity(planned: string, earlier: string): boolean {
  return planned === earlier || planned.startsWith(`${earlier}\t`)
}
