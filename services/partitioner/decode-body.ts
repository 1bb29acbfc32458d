// Splits a body into items, each of which may become an event. A body that cannot be split fails as a whole.
import { isUtf8 } from 'node:buffer'
import { ProblemError } from '../../lib/http/problem.ts'
import { type ParseContext, type ParsedEvent, parseEvent } from '../../model/parse-event.ts'
import { rejection } from '../../model/rejection.ts'
import { parseCloudEvent } from './cloud-event.ts'
import { isLargerThan } from './json-size.ts'
import { readJson } from './json-text.ts'

/** How bodies of a media type are read: into items, and each item into an event. */
export type Format = {
  readonly itemsOf: (text: string, itemsMax: number) => readonly unknown[]
  readonly parse: (item: unknown, context: ParseContext) => ParsedEvent
  /** Whether the item takes more than this many bytes. */
  readonly isLarger: (bytesMax: number, item: unknown) => boolean
  /** Whether a valid item may hold ignored content, and so be of any size. */
  readonly isPadded: boolean
}

const AS_EVENTS = { parse: parseEvent, isLarger: isLargerThan, isPadded: false }
const AS_LINES = { parse: parseLine, isLarger: isLongerLine, isPadded: true }
const AS_CLOUD_EVENTS = { parse: parseCloudEvent, isLarger: isLargerThan, isPadded: true }

export const FORMATS: ReadonlyMap<string, Format> = new Map([
  ['application/json', { itemsOf: jsonItems, ...AS_EVENTS }],
  ['application/x-ndjson', { itemsOf: lines, ...AS_LINES }],
  ['application/cloudevents+json', { itemsOf: singleItem, ...AS_CLOUD_EVENTS }],
  ['application/cloudevents-batch+json', { itemsOf: arrayItems, ...AS_CLOUD_EVENTS }],
])

/**
 * The items of a body, at most `itemsMax`. Fails with a ProblemError: `unreadable-body` if the body is not UTF-8 or
 * does not match its media type, `too-many-events`, `body-too-large`.
 */
export function decode(format: Format, body: Buffer, itemsMax: number): readonly unknown[] {
  if (!isUtf8(body)) throw unreadable('The body is not UTF-8.')
  const items = format.itemsOf(withoutByteOrderMark(body).toString(), itemsMax)
  if (items.length <= itemsMax) return items
  throw new ProblemError({
    type: 'too-many-events',
    detail: `Send at most ${itemsMax} events in one request.`,
  })
}

function withoutByteOrderMark(body: Buffer): Buffer {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body
}

function unreadable(detail: string): ProblemError {
  return new ProblemError({ type: 'unreadable-body', detail })
}

function jsonValue(text: string): unknown {
  const json = readJson(text)
  if (json.ok) return json.value
  if (json.fault === 'not_json') throw unreadable('The body is not valid JSON.')
  throw new ProblemError({
    type: 'body-too-large',
    detail: 'The body holds too many values, or nests too deep.',
  })
}

/** An event, an array of events, or `{"events": [events]}`. */
function jsonItems(text: string): readonly unknown[] {
  const value = jsonValue(text)
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'events')) return [value]
  const { events } = value as { events: unknown }
  if (!Array.isArray(events)) throw unreadable('"events" must be an array of events.')
  if (Object.keys(value).length > 1) throw unreadable('Nothing may stand beside "events".')
  return events
}

function singleItem(text: string): readonly unknown[] {
  return [jsonValue(text)]
}

function arrayItems(text: string): readonly unknown[] {
  const value = jsonValue(text)
  if (!Array.isArray(value)) throw unreadable('A batch of CloudEvents must be an array.')
  return value
}

/** The non-empty lines, and no more of them than needed to see that there are too many. */
function lines(text: string, itemsMax: number): readonly string[] {
  const found: string[] = []
  for (let start = 0; start < text.length && found.length <= itemsMax; ) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(start, end).trim()
    if (line !== '') found.push(line)
    start = end + 1
  }
  return found
}

function parseLine(line: unknown, context: ParseContext): ParsedEvent {
  const json = readJson(line as string)
  if (json.ok) return parseEvent(json.value, context)
  if (json.fault === 'not_json') return rejection('invalid_event', 'the line is not valid JSON')
  return rejection('too_large', 'the line holds too many values, or nests too deep')
}

function isLongerLine(bytesMax: number, line: unknown): boolean {
  return Buffer.byteLength(line as string) > bytesMax
}
