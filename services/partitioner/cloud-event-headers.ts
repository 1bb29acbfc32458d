// A CloudEvent in binary mode: attributes in headers `ce-…`, `data` in the body, whose Content-Type is the
// `datacontenttype` (https://github.com/cloudevents/spec, bindings/http-protocol-binding.md 1.0.2, section 3.1).
import type { IncomingHttpHeaders } from 'node:http'
import type { ParsedEvent } from '../../model/parse-event.ts'
import { type Rejection, rejection } from '../../model/rejection.ts'
import { isJsonMediaType, parseCloudEventFrom } from './cloud-event.ts'
import { type Format, jsonItems } from './decode-body.ts'
import { isLargerThan } from './json-size.ts'

export type Headed = {
  readonly headers: IncomingHttpHeaders
  /** Tells repeated headers, which `headers` joins. */
  readonly raw: { readonly rawHeaders: readonly string[] }
}

/** What is read. Every other header `ce-…` is an extension attribute, and ignored as in the other modes. */
const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'subject', 'time'] as const
const PREFIX = 'ce-'
const MODE_BY_CONTENT_TYPE = /^\s*application\/cloudevents/i

/** Where the sender finds the field that a rejection names. */
const PLACES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(ATTRIBUTES.map((name) => [name, PREFIX + name])),
  videoId: 'ce-subject (videoId)',
  data: 'the body (data)',
  value: 'data.value',
  viewerId: 'data.viewerId',
  channelId: 'data.channelId',
  attributes: 'data.attributes',
}

/**
 * Whether any attribute stands in a header. A Content-Type of CloudEvents means another mode: then the headers may
 * repeat the attributes of the body, and are not read.
 */
export function isBinaryMode({ headers }: Pick<Headed, 'headers'>): boolean {
  if (MODE_BY_CONTENT_TYPE.test(headers['content-type'] ?? '')) return false
  return ATTRIBUTES.some((name) => headers[PREFIX + name] !== undefined)
}

/** Whether the headers announce a body. */
export function hasBody({ headers }: Pick<Headed, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Whether the type of a body is one of which `data` can be read. Without a type it is taken for JSON. */
export function isDataType(contentType: string | undefined): boolean {
  return contentType === undefined || isJsonMediaType(contentType)
}

const DATA = jsonItems('value')

/** How this one request is read: its body is the data of one event, and no body is no data. */
export function binaryFormat(request: Headed): Format {
  const attributes = attributesOf(request)
  return {
    itemsOf: async (text, limits) => {
      const [data] = text.trim() === '' ? [] : await DATA(text, limits)
      return [{ ...('ok' in attributes ? {} : attributes), data }]
    },
    parse: (item, context): ParsedEvent =>
      'ok' in attributes ? attributes : parseCloudEventFrom(item, context, PLACES),
    isLarger: isLargerThan,
    isPadded: false,
  }
}

type Attributes = { readonly [name in (typeof ATTRIBUTES)[number]]?: string }

function attributesOf({ headers, raw }: Headed): Attributes | Rejection {
  const attributes: { [name: string]: string } = {}
  for (const name of ATTRIBUTES) {
    const header = PREFIX + name
    const sent = headers[header]
    if (sent === undefined) continue
    if (linesOf(header, raw.rawHeaders) > 1) {
      return rejection('invalid_event', `${header} must not be sent more than once`)
    }
    const value = decodeValue(String(sent))
    if (value === null) return rejection('invalid_event', `${header} ${VALUE_RULE}`)
    attributes[name] = value
  }
  return attributes
}

function linesOf(header: string, rawHeaders: readonly string[]): number {
  return rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === header).length
}

const VALUE_RULE = 'must be printable ASCII, everything else percent-encoded as UTF-8 (% itself as %25)'
const PRINTABLE = /^[ -~]*$/
const QUOTED = /^"((?:[^"\\]|\\.)*)"$/

/**
 * The value that a header stands for: quotes are taken off first, then %xy is decoded, once (section 3.1.3.2). Null for
 * what can only be guessed: bytes outside of ASCII, a % that begins no escape, escapes that are not UTF-8.
 */
export function decodeValue(header: string): string | null {
  if (!PRINTABLE.test(header)) return null
  const quoted = QUOTED.exec(header)
  const plain = quoted === null ? header : quoted[1]!.replace(/\\(.)/g, '$1')
  try {
    return decodeURIComponent(plain)
  } catch {
    return null
  }
}
