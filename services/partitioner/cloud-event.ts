// Events in CloudEvents 1.0, structured mode (https://github.com/cloudevents/spec, json-format.md). It only maps
// fields: the rules for the fields are those of every event.
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
  if (!isObject(input)) return rejection('invalid_event', 'a CloudEvent must be an object')
  const fault = envelopeFault(input)
  if (fault !== null) return fault

  const { id, source, type, subject, time, data } = input
  const fields = { ...(data as object | null | undefined) }
  const own = OWN_FIELDS.find((field) => Object.hasOwn(fields, field))
  if (own !== undefined) return rejection('unknown_field', `data.${own} belongs in the CloudEvent itself`)
  const parsed = parseEventWithSource({ ...fields, id, source, videoId: subject, type, time }, context)
  if (parsed.ok) return parsed
  if (parsed.code === 'unknown_field') return rejection(parsed.code, `data: ${parsed.detail}`)
  return rejection(
    parsed.code,
    parsed.detail.replace(/^\w+/, (field) => PLACES[field] ?? field),
  )
}

const OWN_FIELDS = ['id', 'source', 'videoId', 'type', 'time']

function envelopeFault(input: Readonly<Record<string, unknown>>): Rejection | null {
  const { specversion, source, datacontenttype, data } = input
  if (specversion !== '1.0') return rejection('invalid_event', 'specversion must be "1.0"')
  if (typeof source !== 'string' || source === '') return rejection('invalid_event', 'source is required')
  if (typeof (datacontenttype ?? '') !== 'string' || !isJson(datacontenttype)) {
    return rejection('invalid_event', 'datacontenttype must be a JSON media type')
  }
  if ('data_base64' in input) return rejection('unknown_field', 'data_base64 is not read: send data as JSON')
  if (data !== undefined && data !== null && !isObject(data)) {
    return rejection('invalid_event', 'data must be an object')
  }
  return null
}

function isJson(mediaType: unknown): boolean {
  return mediaType === undefined || mediaType === null || JSON_MEDIA_TYPE.test(String(mediaType))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
