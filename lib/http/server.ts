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
import { refuseCrossSite } from './cross-site.ts'
import { type AllowedHosts, NO_HOSTS, refuseOtherHosts } from './hosts.ts'
import { PROBLEM_MEDIA_TYPE, ProblemError, problemBody } from './problem.ts'
import { problemOf, unreadableProblem } from './refusals.ts'
import { originForm } from './request-target.ts'
import { answerUnknownRoutes, KNOWN_METHODS } from './unknown-routes.ts'

export type ServerOptions = {
  readonly logger?: FastifyServerOptions['logger']
  /** Whose forwarding headers are believed: the balancer's. */
  readonly trustProxy?: TrustedProxies
  /** Names that it answers to beside addresses and localhost. */
  readonly allowedHosts?: AllowedHosts
  /** Of a body, where its route names no bound. */
  readonly bodyBytesMax?: number
  /** To receive a whole request. */
  readonly requestTimeoutMs?: number
  /** A connection on which nothing moves for so long is cut. */
  readonly connectionTimeoutMs?: number
  /** An idle connection is kept for so long: longer than the balancer's, so that it is the one to close. */
  readonly keepAliveTimeoutMs?: number
  /** While it closes, requests that have begun have so long to end: a body may never come to its end. */
  readonly closeTimeoutMs?: number
}

/** An event with its time and words around it; a megabyte of brackets would keep JSON.parse busy for long. */
const BODY_BYTES_MAX = 64 << 10
const REQUEST_TIMEOUT_MS = 30_000
/** How late a request that takes too long may be noticed. */
const CHECKING_INTERVAL_MS = 5_000
const CONNECTION_TIMEOUT_MS = 60_000
const KEEP_ALIVE_TIMEOUT_MS = 72_000
const CLOSE_TIMEOUT_MS = 10_000
/** A browser takes an answer for what it says that it is, and for nothing else. */
const NO_GUESSING = { 'x-content-type-options': 'nosniff' } as const
/** Of a parameter in a path, decoded: more than a name may have, so that a longer one hears of the rule it breaks. */
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
    bodyLimit: options.bodyBytesMax ?? BODY_BYTES_MAX,
    requestTimeout,
    connectionTimeout: options.connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? KEEP_ALIVE_TIMEOUT_MS,
    rewriteUrl: originForm,
    routerOptions: { maxParamLength: PATH_PARAMETER_CHARS_MAX },
    return503OnClosing: false, // its own answer is no problem document: the hook below gives one
    frameworkErrors: (error, request, reply) => sendProblem(reply, problemOf(error, request)),
    http: {
      requireHostHeader: false, // its refusal is no problem document: the hook below gives one
      connectionsCheckingInterval: CHECKING_INTERVAL_MS,
      headersTimeout: requestTimeout, // Node swaps the two where that of headers, 60 s by itself, is the longer
    },
    clientErrorHandler: refuseUnreadable,
  })
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error, request)
    if (problem.status === 500) request.log.error(error)
    sendProblem(reply, problem)
  })
  forbidGuessingTypes(app)
  refuseOtherHosts(app, options.allowedHosts ?? NO_HOSTS)
  refuseCrossSite(app)
  answerUnknownRoutes(app)
  takeEveryRequest(app)
  refuseWhileClosing(app, options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS)
  return app
}

function refuseWhileClosing(app: FastifyInstance, closeTimeoutMs: number): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
    setTimeout(() => app.server.closeAllConnections(), closeTimeoutMs).unref()
  })
  app.addHook('onRequest', async () => {
    if (!closing) return
    const headers = { connection: 'close' }
    throw new ProblemError({
      type: 'closing',
      detail: 'Send this again, to another server if there is one.',
      headers,
    })
  })
}

/** On the raw answer: streams are written past the framework. */
function forbidGuessingTypes(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    for (const [name, value] of Object.entries(NO_GUESSING)) reply.raw.setHeader(name, value)
  })
}

function sendProblem(reply: FastifyReply, problem: ProblemError): void {
  reply
    .code(problem.status)
    .headers({ ...NO_GUESSING, ...problem.headers })
    .type(PROBLEM_MEDIA_TYPE)
  reply.send(problemBody(problem))
}

/** What the server of Node would refuse without a word: a tunnel. An expectation that nobody knows is not heeded. */
function takeEveryRequest(app: FastifyInstance): void {
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  app.server.on('connect', (_request, socket) => {
    endWith(
      socket,
      new ProblemError({
        type: 'method-not-allowed',
        detail: 'CONNECT is not for this server.',
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
