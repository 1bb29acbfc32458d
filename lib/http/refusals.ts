// Problem documents for what the framework and the HTTP parser refuse by themselves: what is wrong, and what would be
// right. Knows no routes.
import { maxHeaderSize } from 'node:http'
import type { FastifyError, FastifyRequest } from 'fastify'
import { ProblemError, type ProblemType } from './problem.ts'
import { KNOWN_METHODS } from './unknown-routes.ts'

const BODY_TYPES = ['application/json', 'application/x-ndjson']

type Refusal = {
  readonly type: ProblemType
  readonly detail: string | ((request: FastifyRequest) => string)
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  FST_ERR_BAD_URL: {
    type: 'invalid-request',
    detail: 'In the path, % must begin the escape of a character in UTF-8, such as %C3%A9.',
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    type: 'address-too-long',
    detail: 'A part of the path is longer than any name here can be.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    type: 'body-too-large',
    detail: ({ routeOptions }) => `Send at most ${routeOptions.bodyLimit} bytes.`,
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    type: 'unsupported-media-type',
    detail: ({ server }) =>
      `Send the body as ${BODY_TYPES.filter((type) => server.hasContentTypeParser(type)).join(' or ')}.`,
  },
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: {
    type: 'unsupported-media-type',
    detail: 'A QUERY must name the type of its body in Content-Type.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { type: 'unreadable-body', detail: 'The body is empty: send JSON.' },
  FST_ERR_CTP_INVALID_JSON_BODY: {
    type: 'unreadable-body',
    detail: 'The body is not valid JSON, or has a key __proto__ or constructor.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    type: 'unreadable-body',
    detail: 'The body is not as long as its Content-Length says.',
  },
}

/** Nobody reads this answer, but the status shows that the sender caused it. */
const CUT_SHORT: Refusal = {
  type: 'unreadable-body',
  detail: 'The connection ended before the body did.',
}

/** Anything unexpected becomes a 500 that reveals nothing internal. */
export function problemOf(error: Error, request: FastifyRequest): ProblemError {
  if (error instanceof ProblemError) return error
  const { code, statusCode } = error as FastifyError
  const refusal = isCutShort(request) ? CUT_SHORT : (REFUSALS[code] ?? refusalBy(code, statusCode))
  if (refusal === undefined) {
    return new ProblemError({
      type: 'internal',
      detail: 'The fault is ours and has been logged.',
      cause: error,
    })
  }
  const { type, detail } = refusal
  return new ProblemError({
    type,
    detail: typeof detail === 'string' ? detail : detail(request),
    cause: error,
  })
}

/** Faults that the framework blames on the sender and that have no name here yet. */
function refusalBy(code: string | undefined, status = 500): Refusal | undefined {
  if (!code?.startsWith('FST_') || status < 400 || status >= 500) return undefined
  return { type: 'invalid-request', detail: 'The request is not supported here.' }
}

function isWellFormed(packet: unknown): boolean {
  return Buffer.isBuffer(packet) && FIRST_LINE.test(packet.toString('latin1', 0, FIRST_LINE_BYTES_MAX))
}

function isCutShort({ raw }: FastifyRequest): boolean {
  return raw.destroyed && !raw.complete
}

const FIRST_LINE = /^[!#$%&'*+.^_`|~\w-]+ \S+ HTTP\/1\.[01]\r?\n/
const FIRST_LINE_BYTES_MAX = 16 << 10
const NOT_HTTP = new ProblemError({
  type: 'invalid-request',
  detail: 'The request could not be read as HTTP.',
})

/** Errors before any request exists: bytes that are not HTTP, headers too large, a request that never ends. */
export function unreadableProblem(
  { code, rawPacket }: { readonly code?: string; readonly rawPacket?: unknown },
  { requestTimeoutMs }: { readonly requestTimeoutMs: number },
): ProblemError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError({
        type: 'request-timeout',
        detail: `A request must arrive as a whole within ${requestTimeoutMs / 1000} s.`,
      })
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError({
        type: 'headers-too-large',
        detail: `Send at most ${maxHeaderSize} bytes of address and headers.`,
      })
    case 'HPE_INVALID_METHOD':
      // The parser knows a fixed list of methods. A well-formed first line with another one is still HTTP.
      return isWellFormed(rawPacket)
        ? new ProblemError({
            type: 'method-unknown',
            detail: `Use ${KNOWN_METHODS}.`,
            headers: { allow: KNOWN_METHODS },
          })
        : NOT_HTTP
    default:
      return NOT_HTTP
  }
}
