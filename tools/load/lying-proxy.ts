// For tests: a proxy in front of a server that handles one event wrongly and answers as if it had not.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export type Lie = 'drop' | 'double' | 'misdate' | 'none'

export type LyingProxy = {
  readonly url: string
  /** How many events it handled wrongly. */
  readonly lies: () => number
  close(): void
}

type Event = { readonly id: string; readonly time: number }
type Answer = { accepted: number }

const MINUTE_MS = 60_000
const PROBE = /-probe-/

/** @param at which event is handled wrongly, from 1 */
export async function lyingProxy(upstream: string, lie: Lie, at: number): Promise<LyingProxy> {
  let seen = 0
  let lies = 0
  const forwarded = (events: readonly Event[]): Event[] =>
    events.flatMap((event) => {
      if (lie === 'none' || PROBE.test(event.id) || ++seen !== at) return [event]
      lies++
      if (lie === 'drop') return []
      if (lie === 'double') return [event, { ...event, id: `${event.id}-again` }]
      return [{ ...event, time: event.time - MINUTE_MS }]
    })
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const given = request.url === '/v1/events' ? [JSON.parse(body)].flat() : null
    const sent = given === null ? body : JSON.stringify(forwarded(given))
    const answer = await fetch(upstream + request.url, {
      method: request.method!,
      headers: headersOf(request),
      ...(body !== '' && { body: sent }),
    })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    const told = await answer.text()
    response.end(given === null || answer.status !== 202 ? told : asIfAllWere(told, given.length))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, lies: () => lies, close: () => server.close() }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return headers['content-type'] === undefined ? {} : { 'content-type': headers['content-type'] }
}

function asIfAllWere(told: string, accepted: number): string {
  return JSON.stringify({ ...(JSON.parse(told) as Answer), accepted })
}
