// Compresses the answers of routes that only read, for clients that ask for it. Answers to changes stay as they are: an
// answer that holds a secret, such as the one of a new webhook, comes from those alone, and beside what was sent its
// length would tell of it (BREACH). What is compressed already, streams and pictures pass.
import { gzip, gzipSync, constants as zlib } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { acceptsEncoding } from './accept-encoding.ts'

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'QUERY'])
const COMPRESSIBLE = /^(text\/|application\/([\w.-]+\+)?(json|x-ndjson)\b)/
/** Shorter ones fit in one packet either way. */
export const COMPRESSED_LENGTH_MIN = 1_400
/** Longer ones are compressed by another thread: a turn of the event loop is to be short. */
const COMPRESSED_AT_ONCE_MAX = 32 << 10
/** JSON comes out a twentieth larger than at the usual level, in less than half the time. */
const OPTIONS = { level: zlib.Z_BEST_SPEED } as const

/** For routes that are added from now on. */
export function compressAnswers(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if ([route.method].flat().some((method) => READING.has(method))) addTo(route)
  })
}

/** Of a route that reads although its method may change things. */
export const COMPRESSED = { onSend: compress } as const

/** Before others, so that the answer to HEAD tells the length of the compressed one. */
function addTo(route: RouteOptions): void {
  route.onSend = [compress, ...[route.onSend ?? []].flat()]
}

type Done = (error: Error | null, payload?: unknown) => void

function compress(request: FastifyRequest, reply: FastifyReply, payload: unknown, done: Done): void {
  if (!isCompressible(reply, payload)) {
    done(null, payload)
    return
  }
  reply.header('vary', withAcceptEncoding(reply.getHeader('vary')))
  if (!acceptsEncoding(request.headers['accept-encoding'], 'gzip')) {
    done(null, payload)
    return
  }
  reply.header('content-encoding', 'gzip')
  const etag = reply.getHeader('etag')
  if (typeof etag === 'string' && etag.startsWith('"')) reply.header('etag', `W/${etag}`) // other bytes, same meaning
  if (payload.length <= COMPRESSED_AT_ONCE_MAX) done(null, gzipSync(payload, OPTIONS))
  else gzip(payload, OPTIONS, done)
}

function isCompressible(reply: FastifyReply, payload: unknown): payload is string | Buffer {
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return false
  if (payload.length < COMPRESSED_LENGTH_MIN || reply.hasHeader('content-encoding')) return false
  return COMPRESSIBLE.test(String(reply.getHeader('content-type') ?? ''))
}

function withAcceptEncoding(vary: number | string | string[] | undefined): string {
  const names = String([vary ?? []].flat())
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return names.includes('accept-encoding') ? names.join(', ') : [...names, 'accept-encoding'].join(', ')
}
