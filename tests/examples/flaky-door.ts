// A server in front of the product that is busy at first, and then loses an answer: what a sender must live with.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export type FlakyDoor = AsyncDisposable & { readonly url: string; readonly requests: () => number }

/** The first request is answered 429, the second is passed on and answered 503, all others are passed on. */
export async function flakyDoor(to: string): Promise<FlakyDoor> {
  let requests = 0
  const server = createServer(async (request, response) => {
    requests += 1
    const number = requests
    const body = await buffer(request)
    if (number === 1) return void response.writeHead(429, { 'retry-after': '0' }).end()
    const headers = Object.fromEntries(
      ['content-type', 'authorization'].map((name) => [name, String(request.headers[name])]),
    )
    const answer = await fetch(new URL(request.url!, to), { method: 'POST', headers, body })
    const text = await answer.text()
    if (number === 2) return void response.writeHead(503, { 'retry-after': '0' }).end()
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
