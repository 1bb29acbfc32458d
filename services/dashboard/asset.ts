// A file for browsers: with an ETag of its content, and compressed once for each requested encoding, by another thread.
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, gzip, constants as zlib } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { acceptsEncoding } from '../../lib/http/accept-encoding.ts'

const DIGEST_CHARS = 16
const BROTLI = { params: { [zlib.BROTLI_PARAM_QUALITY]: 9 } }

const [brotlied, gzipped] = [promisify(brotliCompress), promisify(gzip)]
const ENCODERS = {
  br: (body: Buffer): Promise<Buffer> => brotlied(body, BROTLI),
  gzip: (body: Buffer): Promise<Buffer> => gzipped(body, { level: 9 }),
  identity: async (body: Buffer): Promise<Buffer> => body,
}
type Encoding = keyof typeof ENCODERS

export class Asset {
  readonly mediaType: string
  readonly digest: string
  readonly #content: Buffer
  readonly #bodies = new Map<Encoding, Promise<Buffer>>()

  constructor(mediaType: string, content: string | Buffer) {
    this.mediaType = mediaType
    this.digest = digestOf(content)
    this.#content = Buffer.from(content)
  }

  body(encoding: Encoding): Promise<Buffer> {
    const body = this.#bodies.get(encoding) ?? ENCODERS[encoding](this.#content)
    this.#bodies.set(encoding, body)
    return body
  }
}

export function digestOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, DIGEST_CHARS)
}

/** Answers with the asset, or 304 if the browser already has it. */
export async function sendAsset(
  request: FastifyRequest,
  reply: FastifyReply,
  asset: Asset,
): Promise<FastifyReply> {
  const etag = `"${asset.digest}"`
  reply.headers({ etag, vary: 'accept-encoding', 'x-content-type-options': 'nosniff' })
  if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send()
  const encoding = encodingFor(request.headers['accept-encoding'])
  if (encoding !== 'identity') reply.header('content-encoding', encoding)
  return reply.type(asset.mediaType).send(await asset.body(encoding))
}

function encodingFor(header: string | undefined): Encoding {
  return (['br', 'gzip'] as const).find((encoding) => acceptsEncoding(header, encoding)) ?? 'identity'
}
