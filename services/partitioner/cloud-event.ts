// Events in CloudEvents 1.0, as structured mode holds them (https://github.com/cloudevents/spec, json-format.md). It
// only maps fields: the rules for the fields are those of every event.
import { type ParseContext, type ParsedEvent, parseEventWithSource } from '../../model/parse-event.ts'
import { type Rejection, rejection } from '../../model/rejection.ts'

const JSON_MEDIA_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i

/** Where the sender finds the field that a rejection names. */
const PLACES: Readonly<Record<string, string>> = {
  videoId: 'subject (videoId)',
  value: 'data.value',
  viewerId: 'data.viewerId',
  channelId: 'data.channelId',
  attributes: 'data.attributes',
}

/**
 * `source` and `id` together name the event, as the specification demands. `subject` is the videoId, `type` the plain
 * event type, `data` holds value, viewerId, channelId and attributes. Extension attributes such as `traceparent`,
 * which intermediaries add, are ignored, as the specification demands. Unknown fields of `data` are refused like
 * those of any event.
 */
export function parseCloudEvent(input: unknown, context: ParseContext): ParsedEvent {
  return parseCloudEventFrom(input, context, PLACES)
}

/** The same where the fields stood elsewhere, so that a rejection names the place that the sender knows. */
export function parseCloudEventFrom(
  input: unknown,
  context: ParseContext,
  places: Readonly<Record<string, string>>,
): ParsedEvent {
  if (!isObject(input)) return rejection('invalid_event', 'a CloudEvent must be an object')
  const fault = envelopeFault(input)
  if (fault !== null) return inPlace(fault, places)

  const { id, source, type, subject, time, data } = input
  const fields = { ...(data as object | null | undefined) }
  const own = OWN_FIELDS.find((field) => Object.hasOwn(fields, field))
  if (own !== undefined) return rejection('unknown_field', `data.${own} belongs in the CloudEvent itself`)
  const parsed = parseEventWithSource({ ...fields, id, source, videoId: subject, type, time }, context)
  if (parsed.ok) return parsed
  if (parsed.code === 'unknown_field') return rejection(parsed.code, `data: ${parsed.detail}`)
  return inPlace(parsed, places)
}

function inPlace({ code, detail }: Rejection, places: Readonly<Record<string, string>>): Rejection {
  return rejection(
    code,
    detail.replace(/^\w+/, (field) => places[field] ?? field),
  )
}

const OWN_FIELDS = ['id', 'source', 'videoId', 'type', 'time']

function envelopeFault(input: Readonly<Record<string, unknown>>): Rejection | null {
  const { specversion, source, datacontenttype, data } = input
  if (specversion !== '1.0') return rejection('invalid_event', 'specversion must be "1.0"')
  if (typeof source !== 'string' || source === '') return rejection('invalid_event', 'source is required')
  if (!isAbsent(datacontenttype) && !isJsonMediaType(datacontenttype)) {
    return rejection('invalid_event', 'datacontenttype must be a JSON media type')
  }
  if ('data_base64' in input) return rejection('unknown_field', 'data_base64 is not read: send data as JSON')
  if (!isAbsent(data) && !isObject(data)) {
    return rejection('invalid_event', 'data must be an object')
  }
  return null
}

export function isJsonMediaType(value: unknown): boolean {
  return typeof value === 'string' && JSON_MEDIA_TYPE.test(value)
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
