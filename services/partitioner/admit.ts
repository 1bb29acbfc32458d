// Checks a request by its headers alone, before its body is read.
import type { Keys } from '../../lib/http/keys/key-ring.ts'
import { type Sender, type Sending, senderOf } from '../../lib/http/keys/page-senders.ts'
import { mediaTypeOf } from '../../lib/http/media-type.ts'
import { ProblemError } from '../../lib/http/problem.ts'
import type { Automated } from '../../model/automated.ts'
import type { ViewerAttributes } from '../../model/viewer-attributes.ts'
import { automatedOf } from './automated.ts'
import { binaryFormat, type Headed, hasBody, isBinaryMode, isDataType } from './cloud-event-headers.ts'
import { FORMATS, type Format } from './decode-body.ts'
import { NO_VIEWERS, type ViewerRequest, type ViewerRules, viewerOf } from './viewer.ts'

export type Admission = {
  readonly tenant: string
  readonly sender: Sender
  readonly format: Format
  readonly isGzipped: boolean
  /** What sent, where no viewer did. */
  readonly automated: Automated | null
  /** What is known of the viewer who sent. */
  readonly viewer: ViewerAttributes | null
}

// x-gzip means gzip: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.3
const GZIP = new Set(['gzip', 'x-gzip'])
const ACCEPTED = [...FORMATS.keys()].join(', ')

/**
 * Fails with a ProblemError: `unauthorized`, `forbidden`, `cross-site-request`, `rate-limited`,
 * `unsupported-media-type` or `unsupported-encoding`.
 */
export function admit(
  request: Sending & Headed & ViewerRequest,
  keys: Keys,
  rules: ViewerRules = NO_VIEWERS,
): Admission {
  const sender = senderOf(request, keys)
  const { tenant } = sender
  const format = isBinaryMode(request) ? formatOfData(request) : formatOf(request, sender)
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const isGzipped = GZIP.has(encoding)
  if (isGzipped || encoding === 'identity') {
    const automated = automatedOf(request.headers)
    return { tenant, sender, format, isGzipped, automated, viewer: viewerOf(request, rules) }
  }
  throw new ProblemError({
    type: 'unsupported-encoding',
    detail: 'Send the body uncompressed or gzipped once.',
    headers: { 'accept-encoding': 'gzip, identity' },
  })
}

/** A page may send JSON as plain text, for which its browser asks no leave first: the only way while it unloads. */
function formatOf({ headers }: Headed, { isPage }: Sender): Format {
  const mediaType = mediaTypeOf(headers['content-type'])
  const format = FORMATS.get(mediaType === 'text/plain' && isPage ? 'application/json' : (mediaType ?? ''))
  if (format !== undefined) return format
  throw unsupported(`Send one of ${ACCEPTED}, in UTF-8.`, ACCEPTED)
}

function formatOfData(request: Headed): Format {
  const contentType = request.headers['content-type']
  const isReadable = contentType === undefined || mediaTypeOf(contentType) !== null
  if (!hasBody(request) || (isReadable && isDataType(contentType))) return binaryFormat(request)
  throw unsupported(
    'With headers ce-… the body is the data of a CloudEvent: send it as application/json in UTF-8, or send no body.',
    'application/json',
  )
}

function unsupported(detail: string, accepted: string): ProblemError {
  return new ProblemError({
    type: 'unsupported-media-type',
    detail,
    headers: { 'accept-post': accepted },
  })
}
