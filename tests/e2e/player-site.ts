// A site with a video of its own: the sources of this project without their types, and a video that it is given.
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { withoutTypes } from '../../services/dashboard/without-types.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGE = '<!doctype html><title>Player</title><video muted playsinline width="160"></video>'
const JAVASCRIPT = { 'content-type': 'text/javascript' }

export type PlayerSite = AsyncDisposable & { readonly url: string }

/**
 * `/video` is what was posted there; `/held` is the same, of which the second half is withheld until `/release` is
 * asked for. `packages`: a folder to serve as `/packages/`.
 */
export async function startPlayerSite(packages = ''): Promise<PlayerSite> {
  let video: Buffer = Buffer.alloc(0)
  let release = () => {}

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url!, 'http://site').pathname
    if (path === '/video' && request.method === 'POST') {
      video = await buffer(request)
      response.end()
    } else if (path === '/video') {
      sendRange(request, response, video)
    } else if (path === '/held') {
      response.writeHead(200, { 'content-type': 'video/webm', 'content-length': video.length })
      response.write(video.subarray(0, video.length / 2))
      release = () => void response.end(video.subarray(video.length / 2))
    } else if (path === '/release') {
      release()
      response.end()
    } else if (path.endsWith('.ts')) {
      response.writeHead(200, JAVASCRIPT).end(withoutTypes(await readFile(join(ROOT, path), 'utf8')))
    } else if (path.startsWith('/packages/')) {
      response.writeHead(200, JAVASCRIPT).end(await readFile(join(packages, path.slice('/packages/'.length))))
    } else {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE)
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Browsers seek by asking for a range. */
function sendRange({ headers }: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const [, from = '0', to] = /bytes=(\d+)-(\d+)?/.exec(headers.range ?? '') ?? []
  const end = Math.min(Number(to ?? body.length - 1), body.length - 1)
  response
    .writeHead(206, {
      ...{ 'content-type': 'video/webm', 'accept-ranges': 'bytes' },
      'content-range': `bytes ${from}-${end}/${body.length}`,
    })
    .end(body.subarray(Number(from), end + 1))
}
