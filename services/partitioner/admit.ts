// Checks a request by its headers alone, before its body is read.
import type { IncomingHttpHeaders } from 'node:http'
import { type ApiKeys, tenantOf } from '../../lib/http/api-keys.ts'
import { mediaTypeOf } from '../../lib/http/media-type.ts'
import { ProblemError } from '../../lib/http/problem.ts'
import { FORMATS, type Format } from './decode-body.ts'

export type Admission = {
  readonly tenant: string
  readonly format: Format
  readonly isGzipped: boolean
}

// x-gzip means gzip: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.3
const GZIP = new Set(['gzip', 'x-gzip'])

/**
 * Fails with a ProblemError: `unauthorized`, `forbidden`, `unsupported-media-type` or `unsupported-encoding`.
 */
export function admit(request: { readonly headers: IncomingHttpHeaders }, keys: ApiKeys): Admission {
  const tenant = tenantOf(request, keys)
  const format = FORMATS.get(mediaTypeOf(request.headers['content-type']) ?? '')
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
  if (isGzipped || encoding === 'identity') return { tenant, format, isGzipped }
  throw new ProblemError({
    type: 'unsupported-encoding',
    detail: 'Send the body uncompressed or gzipped once.',
    headers: { 'accept-encoding': 'gzip, identity' },
  })
}
