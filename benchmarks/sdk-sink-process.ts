// Takes whatever any client sends and counts the events by a mark in their bodies: node sdk-sink-process.ts
// Prints its address. GET /counted answers and resets the counts.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export type Counted = { readonly events: number; readonly requests: number; readonly wireBytes: number }

export const MARK = 'mk-v'

const mark = Buffer.from(MARK)
let counted = { events: 0, requests: 0, wireBytes: 0 }

function marksIn(body: Buffer): number {
  let marks = 0
  for (let at = body.indexOf(mark); at !== -1; at = body.indexOf(mark, at + mark.length)) marks++
  return marks
}

/** What the server of each client's own protocol answers. */
function answerTo(path: string, events: number): [status: number, body: object] {
  if (path.startsWith('/v1/events')) return [202, { accepted: events, late: 0, rejected: [] }]
  if (path.startsWith('/2/httpapi')) return [200, { code: 200, events_ingested: events }]
  return [200, { status: 1, success: true }]
}

const server = createServer(async (request, response) => {
  if (request.url === '/counted') {
    response.end(JSON.stringify(counted))
    counted = { events: 0, requests: 0, wireBytes: 0 }
    return
  }
  const sent = Buffer.concat(await request.toArray())
  const events = marksIn(request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent)
  counted.events += events
  counted.requests++
  counted.wireBytes += sent.length
  const [status, body] = answerTo(request.url!, events)
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})

if (import.meta.main) {
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}
