// A fetch on node:http, with what the client asks of one and no more. Node's own holds each body until the next full
// garbage collection, takes more CPU time, and cannot bound the time to connect alone.
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { pipeline, type Readable } from 'node:stream'
import { constants, createGunzip } from 'node:zlib'

export type NodeFetchOptions = {
  /** From the call until the connection stands, name lookup and TLS included; 3,000 when missing. */
  readonly connectTimeoutMs?: number
}

/** `accept` and `user-agent` as Node's fetch has them. */
const OWN_HEADERS = { accept: '*/*', 'user-agent': 'node', 'accept-encoding': 'gzip' }
const GZIP = /^(x-)?gzip$/i
const REDIRECT = /^30[12378]$/
/** Statuses whose answers have no body. */
const EMPTY = /^(204|205|304)$/
/** As lenient as Node's fetch and curl are with a gzipped answer that ends too soon: its text is cut short. */
const { Z_SYNC_FLUSH } = constants
const LENIENT = { flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH }

/**
 * The fetch of clients on Node, for `createClient({ fetch })` where its time to connect is to be another. It takes an
 * address and a body of text or bytes, gives redirects as they are, and fails at one unless `redirect` is `manual`.
 * Connections belong to `http.globalAgent` and `https.globalAgent`, which keep them alive, and go through a proxy where
 * Node is told to. A body must be read, cancelled or ended by the signal: until then it keeps its connection.
 *
 * On Deno and Bun it is the platform's fetch.
 */
export function createNodeFetch({ connectTimeoutMs = 3_000 }: NodeFetchOptions = {}): typeof fetch {
  if ('deno' in process.versions || 'bun' in process.versions) return fetch
  return async (input, init = {}) => send(new URL(input as string | URL), init, connectTimeoutMs)
}

function send(url: URL, init: RequestInit, connectTimeoutMs: number): Promise<Response> {
  const { method = 'GET', signal } = init
  const body = init.body ?? ''
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    throw new TypeError('the body must be a text or a Uint8Array')
  }
  signal?.throwIfAborted()
  const headers = { ...OWN_HEADERS, ...Object.fromEntries(new Headers(init.headers)) }
  const request = (url.protocol === 'https:' ? https : http).request(url, { method, headers })
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      reject(error)
      request.destroy()
    }
    const abort = () => fail(signal!.reason)
    const giveUp = () => fail(new TypeError(`no connection within ${connectTimeoutMs} ms`))
    const timer = setTimeout(giveUp, connectTimeoutMs)
    request.on('socket', (socket) => whenConnected(socket, () => clearTimeout(timer)))
    request.on('response', (incoming) => {
      try {
        resolve(responseTo(incoming, url, init))
      } catch (error) {
        fail(networkError(error as Error))
      }
    })
    request.on('error', (error) => reject(networkError(error)))
    request.on('close', () => {
      reject(new TypeError('the connection ended without an answer')) // an upgrade: no other event says so
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    })
    signal?.addEventListener('abort', abort)
    request.end(body)
  })
}

/** Of a connection that is kept alive, at once. */
function whenConnected(socket: Socket & { readonly secureConnecting?: boolean }, act: () => void): void {
  if (socket.secureConnecting) socket.once('secureConnect', act)
  else if (socket.connecting) socket.once('connect', act)
  else act()
}

function responseTo(incoming: IncomingMessage, url: URL, { method, redirect }: RequestInit): Response {
  const { statusCode: status = 0, rawHeaders } = incoming
  if (REDIRECT.test(`${status}`) && redirect !== 'manual') {
    throw new TypeError(`${url} redirects, which is not followed`)
  }
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i]!, rawHeaders[i + 1]!)
  if (method === 'HEAD' || EMPTY.test(`${status}`)) {
    incoming.resume()
    return new Response(null, { status, headers })
  }
  const isPacked = GZIP.test(headers.get('content-encoding') ?? '')
  const inflated = isPacked ? pipeline(incoming, createGunzip(LENIENT), () => {}) : incoming
  return new Response(streamOf(inflated), { status, headers })
}

/** Reads nothing before it is asked to. */
function streamOf(readable: Readable): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks: AsyncIterator<Uint8Array<ArrayBuffer>> = readable[Symbol.asyncIterator]()
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel() {
        readable.destroy()
      },
    },
    { highWaterMark: 0 },
  )
}

/** A TypeError, as fetch wants it; what it says is what happened, at each address that the name has. */
function networkError(cause: Error): TypeError {
  const all: readonly Error[] = cause instanceof AggregateError ? cause.errors : [cause]
  return new TypeError(all.map(({ message }) => message).join(', '), { cause })
}
