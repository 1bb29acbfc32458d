// Checks a request by its headers alone, before its body is read.
import { type ApiKeys, tenantOf } from '../../lib/http/api-keys.ts'
import { mediaTypeOf } from '../../lib/http/media-type.ts'
import { ProblemError } from '../../lib/http/problem.ts'
import { binaryFormat, type Headed, hasBody, isBinaryMode, isDataType } from './cloud-event-headers.ts'
import { FORMATS, type Format } from './decode-body.ts'

export type Admission = {
  readonly tenant: string
  readonly format: Format
  readonly isGzipped: boolean
}

// x-gzip means gzip: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.3
const GZIP = new Set(['gzip', 'x-gzip'])
const ACCEPTED = [...FORMATS.keys()].join(', ')

/**
 * Fails with a ProblemError: `unauthorized`, `forbidden`, `unsupported-media-type` or `unsupported-encoding`.
 */
export function admit(request: Headed, keys: ApiKeys): Admission {
  const tenant = tenantOf(request, keys)
  const format = isBinaryMode(request) ? formatOfData(request) : formatOf(request)
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const isGzipped = GZIP.has(encoding)
  if (isGzipped || encoding === 'identity') return { tenant, format, isGzipped }
  throw new ProblemError({
    type: 'unsupported-encoding',
    detail: 'Send the body uncompressed or gzipped once.',
    headers: { 'accept-encoding': 'gzip, identity' },
  })
}

function formatOf({ headers }: Headed): Format {
  const format = FORMATS.get(mediaTypeOf(headers['content-type']) ?? '')
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
