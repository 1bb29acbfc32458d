// Turns what a sender wrote into an event, or into a rejection with its reason: the one place that holds the rules
// for events. Pure: knows neither transports nor clocks. It is on the hot path, once for every event.
import { AUTOMATED, type Automated } from './automated.ts'
import { thousandthsOf } from './decimal.ts'
import type { Event } from './event.ts'
import { isName, isSource, isType, NAME_RULE as NAME, SOURCE_RULE as SOURCE } from './names.ts'
import { timeMsOf } from './parse-time.ts'
import { isPlainText, plainTextRule } from './plain-text.ts'
import { type Rejection, type RejectionCode, rejection } from './rejection.ts'
import { VIEWER_ATTRIBUTES, type ViewerAttributes } from './viewer-attributes.ts'

export type ParseContext = {
  /** From the API key, never from the event. */
  readonly tenant: string
  readonly nowMs: number
  /** An event older than this is accepted, but late. */
  readonly horizonMs: number
  /** How far ahead of `nowMs` an event's time may be. */
  readonly aheadMs: number
  /** An event older than this can no longer be counted. */
  readonly retentionMs: number
  /** See Naming. */
  readonly sourcesFromMs: number
  /** What sent the event, where no viewer did. */
  readonly automated?: Automated | null
  /** What is known of who sent it, for what the event does not say itself. */
  readonly viewer?: ViewerAttributes | null
}

export type ParsedEvent = { readonly ok: true; readonly event: Event; readonly late: boolean } | Rejection

const ID = /^[A-Za-z0-9._:-]{1,64}$/
const ATTRIBUTES_MAX = 16
const ATTRIBUTE_KEY_CHARS_MAX = 64
export const ATTRIBUTE_VALUE_CHARS_MAX = 256

const ID_RULE = 'must be 1–64 of A–Z a–z 0–9 . _ : -'
const TYPE_RULE = 'must be a lower-case letter and then at most 31 of a–z 0–9 _ -'
const NAME_RULE = `must be ${NAME}`
const ATTRIBUTE_RULE = `must be ${plainTextRule(0, ATTRIBUTE_VALUE_CHARS_MAX)}`
const SOURCE_RULE = `must be ${SOURCE}`
const TIME_RULE = 'must be an RFC 3339 date-time with a zone, or epoch milliseconds as a number'
const VALUE_RULE = 'must be a number, or a decimal in a string, of at most 3 places and |value| ≤ 1000000000'

/**
 * Reads one event as it came out of JSON. Unknown fields are refused rather than ignored, so that a misspelt one is
 * noticed; `null` in an optional field is the same as leaving it out. One fault is reported, the first in this order:
 * form, fields, id, source, videoId, type, time, value, viewerId, channelId, attributes.
 */
export function parseEvent(input: unknown, context: ParseContext): ParsedEvent {
  return parse(input, context, false)
}

/** The same for input that may have the field `source`: CloudEvents, and events that were CloudEvents. */
export function parseEventWithSource(input: unknown, context: ParseContext): ParsedEvent {
  return parse(input, context, true)
}

function parse(input: unknown, context: ParseContext, takesSource: boolean): ParsedEvent {
  if (!isObject(input)) return rejection('invalid_event', 'an event must be an object')
  for (const field in input) {
    if (isKnown(field) || (takesSource && field === 'source')) continue
    return rejection('unknown_field', unknownField(field))
  }

  const { id, source, videoId, type, time, value, viewerId, channelId, attributes } = input
  if (typeof id !== 'string' || !ID.test(id)) return invalid('invalid_id', 'id', id, ID_RULE)
  if (!isAbsent(source) && !isSource(source)) return rejection('invalid_id', `source ${SOURCE_RULE}`)
  if (!isName(videoId)) return invalid('invalid_video_id', 'videoId', videoId, NAME_RULE)
  if (!isType(type)) return invalid('invalid_type', 'type', type, TYPE_RULE)

  const timeMs = timeMsOf(time)
  if (timeMs === null) return invalid('invalid_time', 'time', time, TIME_RULE)
  const misplaced = misplacedTime(timeMs, context)
  if (misplaced !== null) return misplaced

  const valueThousandths = isAbsent(value) ? null : thousandthsOf(value)
  if (valueThousandths === null && !isAbsent(value)) return rejection('invalid_value', `value ${VALUE_RULE}`)
  if (!isAbsent(viewerId) && !isName(viewerId)) {
    return rejection('invalid_viewer_id', `viewerId ${NAME_RULE}`)
  }
  if (!isAbsent(channelId) && !isName(channelId)) {
    return rejection('invalid_channel_id', `channelId ${NAME_RULE}`)
  }
  const fault = isAbsent(attributes) ? null : attributesFault(attributes)
  if (fault !== null) return rejection('invalid_attributes', fault)

  const event: Event = {
    tenant: context.tenant,
    videoId,
    type,
    id,
    timeMs,
    valueThousandths,
    viewerId: viewerId ?? null,
    channelId: channelId ?? null,
    attributes: attributesText(attributes, context),
    source: timeMs < context.sourcesFromMs ? null : (source ?? null),
  }
  return { ok: true, event, late: timeMs < context.nowMs - context.horizonMs }
}

function attributesText(
  attributes: unknown,
  { automated = null, viewer = null }: ParseContext,
): string | null {
  if (automated === null && viewer === null) return isAbsent(attributes) ? null : JSON.stringify(attributes)
  const own = isAbsent(attributes) ? {} : (attributes as Readonly<Record<string, string>>)
  const pairs = viewer === null ? own : withViewer(own, viewer)
  return JSON.stringify(automated === null ? pairs : { ...pairs, [AUTOMATED]: automated })
}

/** What the event says itself counts, an empty value too. */
function withViewer(own: Readonly<Record<string, string>>, viewer: ViewerAttributes): object {
  const pairs = { ...own }
  let room = ATTRIBUTES_MAX - pairsOf(own)
  for (const name of VIEWER_ATTRIBUTES) {
    const value = viewer[name]
    if (room <= 0 || value === undefined || Object.hasOwn(own, name)) continue
    pairs[name] = value
    room--
  }
  return pairs
}

/** The stamp of the front door takes no room, so that a stored event can be read again, as imports do. */
function pairsOf(attributes: object): number {
  const pairs = Object.keys(attributes).length
  return Object.hasOwn(attributes, AUTOMATED) ? pairs - 1 : pairs
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

function isKnown(field: string): boolean {
  switch (field) {
    case 'id':
    case 'videoId':
    case 'type':
    case 'time':
    case 'value':
    case 'viewerId':
    case 'channelId':
    case 'attributes':
      return true
    default:
      return false
  }
}

const FIELD_CHARS_SHOWN = 64

function unknownField(field: string): string {
  const shown = field.length > FIELD_CHARS_SHOWN ? `${field.slice(0, FIELD_CHARS_SHOWN)}…` : field
  return `${JSON.stringify(shown.toWellFormed())} is not a field of an event`
}

function invalid(code: RejectionCode, field: string, value: unknown, rule: string): Rejection {
  return rejection(code, `${field} ${isAbsent(value) ? 'is required' : rule}`)
}

function misplacedTime(timeMs: number, { nowMs, aheadMs, retentionMs }: ParseContext): Rejection | null {
  if (timeMs > nowMs + aheadMs) {
    return rejection('time_in_future', `time must be at most ${aheadMs / 1000} s ahead of the server's`)
  }
  if (timeMs < nowMs - retentionMs) {
    return rejection('time_too_old', `time must be at most ${retentionMs / 1000} s ago`)
  }
  return null
}

/**
 * A value may be empty, as the referrer of a direct visit is. It reads and never copies: the object may carry keys
 * such as `__proto__`, which are data here and must not be assigned.
 */
function attributesFault(attributes: unknown): string | null {
  if (!isObject(attributes)) return 'attributes must be an object of strings'
  let pairs = 0
  for (const key in attributes) {
    if (key !== AUTOMATED) pairs += 1
    if (pairs > ATTRIBUTES_MAX) return `attributes must hold at most ${ATTRIBUTES_MAX} pairs`
    if (!isPlainText(key, ATTRIBUTE_KEY_CHARS_MAX)) {
      return `attributes must have keys of 1–${ATTRIBUTE_KEY_CHARS_MAX} characters, without control characters`
    }
    const value = attributes[key]
    if (value !== '' && !isPlainText(value, ATTRIBUTE_VALUE_CHARS_MAX))
      return `attributes.${key} ${ATTRIBUTE_RULE}`
  }
  return null
}
