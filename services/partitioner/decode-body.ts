// Splits a body into items, each of which may become an event. A body that cannot be split fails as a whole.
import { isUtf8 } from 'node:buffer'
import { ProblemError } from '../../lib/http/problem.ts'
import { jsonValue } from '../../lib/json-value.ts'
import { type ParseContext, type ParsedEvent, parseEvent } from '../../model/parse-event.ts'
import { rejection } from '../../model/rejection.ts'
import { parseCloudEvent } from './cloud-event.ts'
import type { Shape } from './json-layout.ts'
import { isLargerThan } from './json-size.ts'
import { type ItemLimits, type JsonFault, readItems } from './read-json.ts'

/** How bodies of a media type are read: into items, and each item into an event. */
export type Format = {
  readonly itemsOf: (text: string, limits: ItemLimits) => Promise<readonly unknown[]>
  readonly parse: (item: unknown, context: ParseContext) => ParsedEvent
  /** Whether the item takes more than this many bytes. */
  readonly isLarger: (bytesMax: number, item: unknown) => boolean
  /** Whether a good item that is no text may hold what nobody reads, and so be of any size. */
  readonly isPadded: boolean
}

const AS_EVENTS = { parse: parseEvent, isLarger: isLargerThan, isPadded: false }
const AS_LINES = { parse: parseLine, isLarger: isLongerLine, isPadded: false }
const AS_CLOUD_EVENTS = { parse: parseCloudEvent, isLarger: isLargerThan, isPadded: true }

export const FORMATS: ReadonlyMap<string, Format> = new Map([
  ['application/json', { itemsOf: jsonItems('events'), ...AS_EVENTS }],
  ['application/x-ndjson', { itemsOf: lines, ...AS_LINES }],
  ['application/cloudevents+json', { itemsOf: jsonItems('value'), ...AS_CLOUD_EVENTS }],
  ['application/cloudevents-batch+json', { itemsOf: jsonItems('array'), ...AS_CLOUD_EVENTS }],
])

/** What each of them is the format of. */
export const MEDIA_TYPES: ReadonlyMap<Format, string> = new Map(
  Array.from(FORMATS, ([mediaType, format]) => [format, mediaType]),
)

const FAULTS: Readonly<Record<Exclude<JsonFault, 'too_complex'>, string>> = {
  not_json: 'The body is not valid JSON.',
  not_array: 'A batch of CloudEvents must be an array.',
  events_not_array: '"events" must be an array of events.',
  beside_events: 'Nothing may stand beside "events".',
}

/**
 * The items of a body, at most `itemsMax`. Fails with a ProblemError: `unreadable-body` if the body is not UTF-8 or
 * does not match its media type, `too-many-events`, `body-too-large`.
 */
export async function decode(format: Format, body: Buffer, limits: ItemLimits): Promise<readonly unknown[]> {
  if (!isUtf8(body)) throw unreadable('The body is not UTF-8.')
  const items = await format.itemsOf(withoutByteOrderMark(body).toString(), limits)
  if (items.length <= limits.itemsMax) return items
  throw new ProblemError({
    type: 'too-many-events',
    detail: `Send at most ${limits.itemsMax} events in one request.`,
  })
}

function withoutByteOrderMark(body: Buffer): Buffer {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body
}

function unreadable(detail: string): ProblemError {
  return new ProblemError({ type: 'unreadable-body', detail })
}

/** The items of a body of JSON of this shape. */
export function jsonItems(shape: Shape): Format['itemsOf'] {
  return async (text, limits) => {
    const read = await readItems(text, shape, limits)
    if (read.ok) return read.items
    if (read.fault !== 'too_complex') throw unreadable(FAULTS[read.fault])
    throw new ProblemError({
      type: 'body-too-large',
      detail: 'The body holds too many values, or nests too deep.',
    })
  }
}

/** A megabyte of empty lines is passed over at once. */
const BLANKS = /\s+/y
const SPACE = 0x20

/** The non-empty lines, and no more of them than needed to see that there are too many. */
async function lines(text: string, { itemsMax }: ItemLimits): Promise<readonly string[]> {
  const found: string[] = []
  for (let start = 0; start < text.length && found.length <= itemsMax; ) {
    BLANKS.lastIndex = start
    if (text.charCodeAt(start) <= SPACE && BLANKS.test(text)) {
      start = BLANKS.lastIndex
      continue
    }
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(start, end).trim()
    if (line !== '') found.push(line)
    start = end + 1
  }
  return found
}

function parseLine(line: unknown, context: ParseContext): ParsedEvent {
  const value = jsonValue(line as string)
  if (value === undefined) return rejection('invalid_event', 'the line is not valid JSON')
  return parseEvent(value, context)
}

function isLongerLine(bytesMax: number, line: unknown): boolean {
  return Buffer.byteLength(line as string) > bytesMax
}
