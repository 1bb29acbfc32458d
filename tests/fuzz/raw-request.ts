// What no HTTP client sends: bytes on a socket.
import type { Random } from '../../simulator/random.ts'
import { type GoodRequest, goodRequest, type HttpRequest } from './good-request.ts'

export type RawCase = {
  readonly bytes: Buffer
  /** The requests that are complete, each of which must be answered as if it had come alone. */
  readonly requests: readonly GoodRequest[]
}

const HOST = 'Host: localhost\r\n'
const JSON_TYPE = 'Content-Type: application/json\r\n'
const POST = `POST /v1/events HTTP/1.1\r\n${HOST}${JSON_TYPE}`

const MALFORMED: readonly ((random: Random) => string | Buffer)[] = [
  (random) => Buffer.from(Array.from({ length: random.int(1, 300) }, () => random.int(0, 255))),
  () => 'GET / HTTP/0.9\r\n\r\n',
  () => 'GET /\r\n\r\n',
  () => `GET / HTTP/2.0\r\n${HOST}\r\n`,
  () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  () => `BREW /v1/events HTTP/1.1\r\n${HOST}\r\n`,
  () => 'CONNECT localhost:1 HTTP/1.1\r\n\r\n',
  () => `TRACE / HTTP/1.1\r\n${HOST}\r\n`,
  () => `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  () => 'GET / HTTP/1.1\r\n\r\n',
  () => `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`,
  () => 'GET http://[/ HTTP/1.1\r\nHost: x\r\n\r\n',
  () => `${POST}Content-Length: -1\r\n\r\n`,
  () => `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]`,
  () => `${POST}Content-Length: 99999999999999999999\r\n\r\n[]`,
  () => `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: chunked\r\n\r\n2;${'e'.repeat(70_000)}\r\n[]\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\nX-Trailer: ${'t'.repeat(20_000)}\r\n\r\n`,
  () => `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n__proto__: x\r\nContent-Length: 5\r\n\r\n`,
  () => `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: identity\r\n\r\n[]`,
  () => `${POST}Content-Length: 20\r\n\r\n[`,
  () => `${POST}X-Folded: a\r\n  b\r\nContent-Length: 2\r\n\r\n[]`,
  () => `${POST}X-Nul: a\u0000b\r\nContent-Length: 2\r\n\r\n[]`,
  () => `${POST}${'x'.repeat(20_000)}: y\r\n\r\n`,
  () => `POST /v1/events HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 2\n\n[]`,
  () => `${POST}__proto__: x\r\nconstructor: y\r\nContent-Length: 2\r\n\r\n[]`,
  () => `${POST}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\u001f\u008b\u0008`,
  () => `GET /${'%41'.repeat(8_000)} HTTP/1.1\r\n${HOST}\r\n`,
  () => `\r\n\r\n\r\nGET /health/live HTTP/1.1\r\n${HOST}\r\n`,
]

export function rawCase(random: Random, number: number, nowMs: number): RawCase {
  const kind = random.next()
  if (kind < 0.5) {
    const made = random.pick(MALFORMED)(random)
    return { bytes: typeof made === 'string' ? Buffer.from(made, 'latin1') : made, requests: [] }
  }
  const requests = Array.from({ length: random.int(1, 4) }, (_, at) =>
    goodRequest(random, number + at / 10, nowMs),
  )
  const bytes = Buffer.concat(
    requests.map((one, at) =>
      written(one, random, at === requests.length - 1 ? 'Connection: close\r\n' : ''),
    ),
  )
  if (kind < 0.8) return { bytes, requests }
  // Cut before the end of the first: its events may not be stored, because they never arrived.
  const first = written(requests[0]!, random, '')
  return { bytes: first.subarray(0, random.int(1, first.length - 1)), requests: [] }
}

/** As a client would write it, in one piece or in chunks with a trailer; `last` is one more line of the head. */
function written({ method, path, headers, body }: HttpRequest, random: Random, last: string): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `${method} ${path} HTTP/1.1\r\n${HOST}${last}${lines.join('')}`
  if (random.chance(0.5)) {
    return Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body])
  }
  const chunks: Buffer[] = [Buffer.from(`${head}Transfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n`)]
  for (let at = 0; at < body.length; ) {
    const to = Math.min(body.length, at + random.int(1, Math.ceil(body.length / 3)))
    chunks.push(
      Buffer.from(`${(to - at).toString(16)};ext=1\r\n`),
      body.subarray(at, to),
      Buffer.from('\r\n'),
    )
    at = to
  }
  return Buffer.concat([...chunks, Buffer.from('0\r\nX-End: 1\r\n\r\n')])
}
