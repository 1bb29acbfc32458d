// The HTTP server as every service of the product starts it: bounded in time and size, and with one form of
// error. Knows no routes.
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
} from 'fastify'
import { allowedMethods, type KnownRoute } from './allowed-methods.ts'
import { PROBLEM_MEDIA_TYPE, ProblemError, type ProblemType, problemBody } from './problem.ts'

export type ServerOptions = {
  readonly logger?: FastifyServerOptions['logger']
  /** The balancer's addresses, the only ones whose forwarding headers are believed. */
  readonly trustProxy?: string | string[]
  readonly bodyBytesMax?: number
  /** To receive a whole request. */
  readonly requestTimeoutMs?: number
  /** A connection on which nothing moves for so long is cut. */
  readonly connectionTimeoutMs?: number
  /** An idle connection is kept for so long: longer than the balancer's, so that it is the one to close. */
  readonly keepAliveTimeoutMs?: number
  /** Once it closes, requests that are under way get so long to end before their connections are cut. */
  readonly closeTimeoutMs?: number
}

const BODY_BYTES_MAX = 1 << 20
const REQUEST_TIMEOUT_MS = 30_000
const CONNECTION_TIMEOUT_MS = 60_000
const KEEP_ALIVE_TIMEOUT_MS = 72_000
const CLOSE_TIMEOUT_MS = 5_000
/** Of a parameter in a path once it is decoded: a video's id may be 128 characters of up to 4 bytes, each as %XX. */
const PATH_PARAMETER_CHARS_MAX = 128 * 4 * 3
const RETRY_AFTER_S = '1'

/**
 * A server without routes. While it closes, new requests are answered 503 `closing` and those begun are
 * finished, unless that takes too long.
 */
export function buildServer(options: ServerOptions = {}): FastifyInstance {
  const app = Fastify({
    logger: options.logger ?? false,
    trustProxy: options.trustProxy ?? false,
    bodyLimit: options.bodyBytesMax ?? BODY_BYTES_MAX,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    connectionTimeout: options.connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? KEEP_ALIVE_TIMEOUT_MS,
    routerOptions: { maxParamLength: PATH_PARAMETER_CHARS_MAX },
    return503OnClosing: false, // its own answer is no problem document: the hook below gives one
    frameworkErrors: (error, _request, reply) => sendProblem(reply, problemOf(error)),
    clientErrorHandler: refuseUnreadable,
  })
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error)
    const hungUp = request.raw.errored === error
    if (problem.status === 500 && !hungUp) request.log.error(error)
    sendProblem(reply, problem)
  })
  answerUnknownRoutes(app)
  refuseWhileClosing(app)
  cutWhatLingers(app, options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS)
  return app
}

function answerUnknownRoutes(app: FastifyInstance): void {
  const routes: KnownRoute[] = []
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ url, methods: [method].flat() })
  })
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?', 1)[0]!
    const allowed = allowedMethods(routes, path)
    if (allowed.length === 0) throw new ProblemError({ type: 'not-found', detail: 'No route leads here.' })
    throw new ProblemError({
      type: 'method-not-allowed',
      detail: `Use ${allowed.join(', ')}.`,
      headers: { allow: allowed.join(', ') },
    })
  })
}

function refuseWhileClosing(app: FastifyInstance): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onRequest', async () => {
    if (!closing) return
    const headers = { 'retry-after': RETRY_AFTER_S, connection: 'close' }
    throw new ProblemError({
      type: 'closing',
      detail: 'Send this again, to another server if there is one.',
      headers,
    })
  })
}

/** A client that sends half a request would hold up the stop of the process for as long as it pleases. */
function cutWhatLingers(app: FastifyInstance, timeoutMs: number): void {
  app.addHook('preClose', async () => {
    const cutting = setTimeout(() => app.server.closeAllConnections(), timeoutMs).unref()
    app.server.once('close', () => clearTimeout(cutting))
  })
}

const TYPE_BY_STATUS: Readonly<Record<number, ProblemType>> = {
  400: 'invalid-request',
  408: 'request-timeout',
  413: 'body-too-large',
  414: 'address-too-long',
  415: 'unsupported-media-type',
  431: 'headers-too-large',
}

/**
 * The framework's own refusals keep their words; anything unexpected becomes a 500 that says nothing of the
 * inside.
 */
function problemOf(error: Error): ProblemError {
  if (error instanceof ProblemError) return error
  const { statusCode, code } = error as FastifyError
  const type = TYPE_BY_STATUS[statusCode ?? 500]
  if (type === undefined || !code?.startsWith('FST_ERR_')) {
    return new ProblemError({
      type: 'internal',
      detail: 'The fault is ours and has been logged.',
      cause: error,
    })
  }
  const isUnreadable = type === 'invalid-request' && code.startsWith('FST_ERR_CTP_')
  return new ProblemError({
    type: isUnreadable ? 'unreadable-body' : type,
    detail: error.message,
    cause: error,
  })
}

function sendProblem(reply: FastifyReply, problem: ProblemError): void {
  reply.code(problem.status).headers(problem.headers).type(PROBLEM_MEDIA_TYPE).send(problemBody(problem))
}

const TYPE_BY_PARSER_CODE: Readonly<Record<string, ProblemType>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
}

/**
 * What comes before any request exists: bytes that are not HTTP, headers too large, a request that never
 * ends.
 */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const type = TYPE_BY_PARSER_CODE[error.code ?? ''] ?? 'invalid-request'
  const problem = new ProblemError({ type, detail: 'The request could not be read as HTTP.' })
  const body = problemBody(problem)
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      `Content-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  )
}
