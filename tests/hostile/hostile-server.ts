// A real HTTP server on the loopback that behaves as a row says, and knows which events it holds. It speaks the
// protocol of every contender: events are found by their marks, whatever the body looks like.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import type { Reaction, Row } from './rows.ts'

const MARK = /hostile-event-\d+/g

export function markOf(at: number): string {
  return `hostile-event-${at}`
}

export type HostileServer = AsyncDisposable & { readonly url: string; readonly stored: ReadonlySet<string> }

export async function hostileServer({ react }: Row): Promise<HostileServer> {
  const stored = new Set<string>()
  let requests = 0
  let firstMs = 0
  const server = createServer(async (request, response) => {
    const marks = new Set((await bodyOf(request)).match(MARK) ?? [])
    const nowMs = Date.now()
    firstMs ||= nowMs
    const met = { path: request.url!, events: marks.size, elapsedMs: nowMs - firstMs, nth: requests++, nowMs }
    const reaction = react(met)
    if (reaction === 'store' || reaction === 'storeAndCut') for (const mark of marks) stored.add(mark)
    answer(response, reaction, met.path, marks.size)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stored,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const bytes = Buffer.concat(await request.toArray())
  return String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes)
}

function answer(response: ServerResponse, reaction: Reaction, path: string, events: number): void {
  if (reaction === 'hang') return
  if (reaction === 'storeAndCut') {
    response.socket?.resetAndDestroy()
    return
  }
  if (reaction === 'store') {
    const [status, body] = success(path, events)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    return
  }
  const { status, headers, html } = reaction
  response.writeHead(status, { ...headers, ...(html && { 'content-type': 'text/html' }) }).end(html)
}

/** What each protocol's server says of events that it has taken. */
function success(path: string, events: number): [number, object] {
  if (path.startsWith('/v1/events')) return [202, { accepted: events, late: 0, rejected: [] }]
  if (path.startsWith('/2/httpapi')) return [200, { code: 200, events_ingested: events }]
  return [200, { status: 1, success: true }]
}
