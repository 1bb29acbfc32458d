// The HTTP server as every service of the product starts it: bounded in time and size, and with one form of
// error. Knows no routes.
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
} from 'fastify'
import { NAME_CHARS_MAX } from '../../model/names.ts'
import { NO_PROXIES, type TrustedProxies } from './client-address.ts'
import { compressAnswers } from './compressed-answers.ts'
import { refuseCrossSite } from './cross-site.ts'
import { type AllowedHosts, NO_HOSTS, refuseOtherHosts } from './hosts.ts'
import { missingPageFor } from './missing-page.ts'
import { withoutPrefix } from './path-prefix.ts'
import { PROBLEM_MEDIA_TYPE, ProblemError, problemBody } from './problem.ts'
import { sendRateHeaders } from './rate-headers.ts'
import { problemOf, unreadableProblem } from './refusals.ts'
import { addRequestCheck } from './request-checks.ts'
import { requestIds, tellRequestIds } from './request-id.ts'
import { originForm } from './request-target.ts'
import { answerUnknownRoutes, KNOWN_METHODS } from './unknown-routes.ts'

export type ServerOptions = {
  readonly logger?: FastifyServerOptions['logger']
  /** Addresses whose forwarding headers are trusted: those of the balancer. */
  readonly trustProxy?: TrustedProxies
  /** Host names that it answers to besides addresses and localhost. */
  readonly allowedHosts?: AllowedHosts
  /** What a proxy on another site puts before every address; '' for nothing. */
  readonly pathPrefix?: string
  /** The greatest size of a body, if its route sets none. */
  readonly bodyBytesMax?: number
  /** The time to receive a whole request. */
  readonly requestTimeoutMs?: number
  /** A connection without traffic for this long is cut. */
  readonly connectionTimeoutMs?: number
  /** How long an idle connection is kept: longer than the balancer does, so that the balancer closes it. */
  readonly keepAliveTimeoutMs?: number
  /** While it closes, requests that have begun get this long to end: a body might never end. */
  readonly closeTimeoutMs?: number
}

/** Room for one event and some overhead; a megabyte of brackets would keep JSON.parse busy for long. */
const BODY_BYTES_MAX = 64 << 10
const REQUEST_TIMEOUT_MS = 30_000
/** How often requests that take too long are looked for. */
const CHECKING_INTERVAL_MS = 5_000
const CONNECTION_TIMEOUT_MS = 60_000
const KEEP_ALIVE_TIMEOUT_MS = 72_000
const CLOSE_TIMEOUT_MS = 10_000
const IDLE_SWEEP_MS = 20
/** A browser treats an answer as the type that it declares, and as nothing else. */
const NO_GUESSING = { 'x-content-type-options': 'nosniff' } as const
/**
 * The greatest length of a decoded path parameter: more than a name may have, so that our own rule reports a longer
 * one.
 */
const PATH_PARAMETER_CHARS_MAX = 12 * NAME_CHARS_MAX

/**
 * A server without routes. While it closes, new requests are answered 503 `closing` and those begun are
 * finished, unless that takes too long.
 */
export function buildServer(options: ServerOptions = {}): FastifyInstance {
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS
  const app = Fastify({
    logger: options.logger ?? false,
    trustProxy: options.trustProxy ?? NO_PROXIES,
    genReqId: requestIds(),
    bodyLimit: options.bodyBytesMax ?? BODY_BYTES_MAX,
    requestTimeout,
    connectionTimeout: options.connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? KEEP_ALIVE_TIMEOUT_MS,
    rewriteUrl: (request) => withoutPrefix(originForm(request), options.pathPrefix ?? ''),
    routerOptions: { maxParamLength: PATH_PARAMETER_CHARS_MAX },
    return503OnClosing: false, // its own answer is not a problem document: the hook below gives one
    frameworkErrors: (error, request, reply) => sendProblem(reply, problemOf(error, request)),
    http: {
      requireHostHeader: false, // its refusal is not a problem document: the hook below gives one
      connectionsCheckingInterval: CHECKING_INTERVAL_MS,
      headersTimeout: requestTimeout, // Node swaps the two if that of headers, 60 s by default, is longer
    },
    clientErrorHandler: refuseUnreadable,
  })
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error, request)
    if (problem.status === 500) request.log.error(error)
    const page = missingPageFor(app, request, problem)
    if (page === null) return sendProblem(reply, problem)
    return page(request, reply).catch(() => sendProblem(reply, problem))
  })
  forbidGuessingTypes(app)
  tellRequestIds(app)
  refuseOtherHosts(app, options.allowedHosts ?? NO_HOSTS)
  refuseCrossSite(app)
  answerUnknownRoutes(app)
  sendRateHeaders(app)
  compressAnswers(app)
  takeEveryRequest(app)
  refuseWhileClosing(app, options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS)
  return app
}

function refuseWhileClosing(app: FastifyInstance, closeTimeoutMs: number): void {
  let closing = false
  let sweeping: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    closing = true
    setTimeout(() => app.server.closeAllConnections(), closeTimeoutMs).unref()
    // A connection that is kept would be waited for after its last answer.
    sweeping = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS).unref()
  })
  app.addHook('onClose', async () => clearInterval(sweeping))
  addRequestCheck(app, () => {
    if (!closing) return
    const headers = { connection: 'close' }
    throw new ProblemError({
      type: 'closing',
      detail: 'Send this again, to another server if there is one.',
      headers,
    })
  })
}

/** Set on the raw answer, because streams bypass the framework. */
function forbidGuessingTypes(app: FastifyInstance): void {
  const headers = Object.entries(NO_GUESSING)
  addRequestCheck(app, (_request, reply) => {
    for (const [name, value] of headers) reply.raw.setHeader(name, value)
  })
}

function sendProblem(reply: FastifyReply, problem: ProblemError): void {
  reply
    .code(problem.status)
    .headers({ ...NO_GUESSING, ...problem.headers })
    .type(PROBLEM_MEDIA_TYPE)
  reply.send(problemBody(problem))
}

/** Answers what Node's server would refuse silently: a tunnel. Unknown expectations are ignored. */
function takeEveryRequest(app: FastifyInstance): void {
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  app.server.on('connect', (_request, socket) => {
    endWith(
      socket,
      new ProblemError({
        type: 'method-not-allowed',
        detail: 'This server does not support CONNECT.',
        headers: { allow: KNOWN_METHODS },
      }),
    )
  })
}

function refuseUnreadable(
  this: FastifyInstance,
  error: Error & { code?: string; rawPacket?: unknown },
  socket: Socket,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  endWith(socket, unreadableProblem(error, { requestTimeoutMs: this.server.requestTimeout }))
}

function endWith(socket: Duplex, problem: ProblemError): void {
  const body = problemBody(problem)
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      `Content-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      Object.entries({ ...NO_GUESSING, ...problem.headers })
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('') +
      `Connection: close\r\n\r\n${body}`,
  )
}
