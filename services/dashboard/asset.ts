// A file for browsers: with an ETag of its content, and compressed once for each requested encoding.
import { createHash } from 'node:crypto'
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

const DIGEST_CHARS = 16
const BROTLI = { params: { [zlib.BROTLI_PARAM_QUALITY]: 9 } }

const ENCODERS = {
  br: (body: Buffer) => brotliCompressSync(body, BROTLI),
  gzip: (body: Buffer) => gzipSync(body, { level: 9 }),
  identity: (body: Buffer) => body,
}
type Encoding = keyof typeof ENCODERS

export class Asset {
  readonly mediaType: string
  readonly digest: string
  readonly #bodies = new Map<Encoding, Buffer>()

  constructor(mediaType: string, text: string) {
    this.mediaType = mediaType
    this.digest = digestOf(text)
    this.#bodies.set('identity', Buffer.from(text))
  }

  body(encoding: Encoding): Buffer {
    let body = this.#bodies.get(encoding)
    if (body === undefined) {
      body = ENCODERS[encoding](this.#bodies.get('identity')!)
      this.#bodies.set(encoding, body)
    }
    return body
  }
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_CHARS)
}

/** Answers with the asset, or 304 if the browser already has it. */
export function sendAsset(request: FastifyRequest, reply: FastifyReply, asset: Asset): FastifyReply {
  const etag = `"${asset.digest}"`
  reply.headers({ etag, vary: 'accept-encoding', 'x-content-type-options': 'nosniff' })
  if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send()
  const encoding = encodingFor(request.headers['accept-encoding'])
  if (encoding !== 'identity') reply.header('content-encoding', encoding)
  return reply.type(asset.mediaType).send(asset.body(encoding))
}

/** The best encoding that an Accept-Encoding header names; one with q=0 is refused. */
export function encodingFor(header: string | undefined): Encoding {
  const named = (header ?? '')
    .split(',')
    .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
    .map((part) => part.split(';', 1)[0]!.trim().toLowerCase())
  return (['br', 'gzip'] as const).find((encoding) => named.includes(encoding)) ?? 'identity'
}
