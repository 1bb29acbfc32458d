// Checks a request by its headers alone, before its body is read.
import type { IncomingHttpHeaders } from 'node:http'
import type { Keys } from '../../lib/http/key-ring.ts'
import { mediaTypeOf } from '../../lib/http/media-type.ts'
import { type Sender, type Sending, senderOf } from '../../lib/http/page-senders.ts'
import { ProblemError } from '../../lib/http/problem.ts'
import { FORMATS, type Format } from './decode-body.ts'

export type Admission = {
  readonly tenant: string
  readonly sender: Sender
  readonly format: Format
  readonly isGzipped: boolean
}

// x-gzip means gzip: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.3
const GZIP = new Set(['gzip', 'x-gzip'])

/**
 * Fails with a ProblemError: `unauthorized`, `forbidden`, `cross-site-request`, `rate-limited`,
 * `unsupported-media-type` or `unsupported-encoding`.
 */
export function admit(request: Sending & { readonly headers: IncomingHttpHeaders }, keys: Keys): Admission {
  const sender = senderOf(request, keys)
  const { tenant } = sender
  const format = formatOf(mediaTypeOf(request.headers['content-type']), sender)
  if (format === undefined) {
    const types = [...FORMATS.keys()].join(', ')
    throw new ProblemError({
      type: 'unsupported-media-type',
      detail: `Send one of ${types}, in UTF-8.`,
      headers: { 'accept-post': types },
    })
  }
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const isGzipped = GZIP.has(encoding)
  if (isGzipped || encoding === 'identity') return { tenant, sender, format, isGzipped }
  throw new ProblemError({
    type: 'unsupported-encoding',
    detail: 'Send the body uncompressed or gzipped once.',
    headers: { 'accept-encoding': 'gzip, identity' },
  })
}

/** A page may send JSON as plain text, for which its browser asks no leave first: the only way while it unloads. */
function formatOf(mediaType: string | null, { isPage }: Sender): Format | undefined {
  return FORMATS.get(mediaType === 'text/plain' && isPage ? 'application/json' : (mediaType ?? ''))
}
