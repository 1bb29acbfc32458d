// For tests: an HTTP server that answers by script and records its requests.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export type Seen = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A body that is not JSON is `text`; `stuck` sends it and never ends. */
type Answer = {
  readonly status: number
  readonly json?: unknown
  readonly text?: string | Uint8Array
  readonly stuck?: boolean
  readonly headers?: Record<string, string>
}

/** `hang` never answers, `cut` closes the connection without an answer. */
export type Reply = Answer | 'hang' | 'cut'

/** Listens on a free port of the loopback. Close it with `await using`. */
export async function scriptedServer(answer: (request: Seen, nth: number) => Reply) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    seen.push({ method: request.method!, path: request.url!, headers: request.headers, body: String(text) })
    const reply = answer(seen.at(-1)!, seen.length - 1)
    if (reply === 'cut') request.socket.destroy()
    if (typeof reply === 'string') return
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
    const sent = reply.text ?? (reply.json === undefined ? 'not JSON' : JSON.stringify(reply.json))
    if (reply.stuck) response.write(sent)
    else response.end(sent)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The contract's answer to a body in which every event is valid. */
export function acceptAll(request: Seen): Reply {
  const events = JSON.parse(request.body) as unknown[]
  return { status: 202, json: { accepted: events.length, late: 0, rejected: [] } }
}
