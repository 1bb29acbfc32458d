// node examples/player/serve.ts: serves the page, beside a Tally that runs (`npm start`). Requests for Tally go through
// this server, so the page has one origin; TALLY_URL says where Tally is, PORT where this server is to listen.
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { withoutTypes } from '../../services/dashboard/without-types.ts'

const ROOT = new URL('../../', import.meta.url)
const TALLY = process.env.TALLY_URL ?? 'http://localhost:8080'
const PORT = Number(process.env.PORT ?? 8090)
const OF_TALLY = /^\/(v1\/|tally-count\.js$)/
/** Browser modules of this project; nothing else of it is served. */
const MODULE = /^\/(sdk\/src|examples\/player)\/([a-z0-9-]+\/)?[a-z0-9-]+\.ts$/

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost')
  if (OF_TALLY.test(pathname)) return pass(request, response, `${TALLY}${pathname}${search}`)
  if (MODULE.test(pathname)) {
    const text = await readFile(fileURLToPath(new URL(`.${pathname}`, ROOT)), 'utf8')
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(withoutTypes(text))
  } else if (pathname === '/') {
    const page = await readFile(new URL('./index.html', import.meta.url))
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
  } else {
    response.writeHead(404).end()
  }
}

async function pass(request: IncomingMessage, response: ServerResponse, url: string): Promise<void> {
  const isRead = request.method === 'GET'
  const type = request.headers['content-type']
  const gone = new AbortController()
  response.on('close', () => gone.abort()) // a live stream ends with its reader
  const answer = await fetch(url, {
    method: request.method ?? 'GET',
    headers: type === undefined ? {} : { 'content-type': type },
    signal: gone.signal,
    ...(!isRead && { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' as const }),
  })
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
  if (answer.body === null) response.end()
  else await pipeline(Readable.fromWeb(answer.body as never), response)
}

const server = createServer((request, response) => {
  serve(request, response).catch((error) => {
    if (response.headersSent) response.destroy()
    else response.writeHead(502).end(String(error))
  })
})
server.listen(PORT, '127.0.0.1', () => {
  console.log(`ready http://localhost:${(server.address() as AddressInfo).port}`)
})
