// For tests: a proxy in front of a server that handles some events wrongly but answers as if all were well. An event
// that is sent again is treated in the same way again.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { MINUTE_MS } from '../model/bucket.ts'

export type Lie = 'drop' | 'double' | 'misdate'

export type Victim = { readonly lie: Lie; readonly key: string; readonly minute: number }

export type LyingProxy = {
  readonly url: string
  /** By the id of the event. */
  readonly victims: ReadonlyMap<string, Victim>
  close(): void
}

type Event = { readonly id: string; readonly videoId: string; readonly type: string; readonly time: number }
type Answer = { accepted: number }

const ACCEPTED = 202
const PROBE = /-probe-/

/** @param lies each applies to one event, starting with event number `at`, no two of the same video and type */
export async function lyingProxy(upstream: string, lies: readonly Lie[], at: number): Promise<LyingProxy> {
  let seen = 0
  const victims = new Map<string, Victim>()
  const victimOf = (event: Event): Victim | undefined => {
    const known = victims.get(event.id)
    if (known !== undefined || PROBE.test(event.id) || ++seen < at) return known
    const lie = lies[victims.size]
    const key = `${event.videoId} ${event.type}`
    if (lie === undefined || victims.values().some((one) => one.key === key)) return undefined
    const victim = { lie, key, minute: Math.floor(event.time / MINUTE_MS) }
    victims.set(event.id, victim)
    return victim
  }
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const given: Event[] | null = request.url === '/v1/events' ? [JSON.parse(body)].flat() : null
    const sent =
      given === null ? body : JSON.stringify(given.flatMap((one) => forwarded(one, victimOf(one)?.lie)))
    const answer = await fetch(upstream + request.url, {
      method: request.method!,
      headers: headersOf(request),
      ...(body !== '' && { body: sent }),
    })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    const answerText = await answer.text()
    response.end(
      given === null || answer.status !== ACCEPTED ? answerText : asIfAllWere(answerText, given.length),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, victims, close: () => server.close() }
}

function forwarded(event: Event, lie: Lie | undefined): Event[] {
  switch (lie) {
    case 'drop':
      return []
    case 'double':
      return [event, { ...event, id: `${event.id}-again` }]
    case 'misdate':
      return [{ ...event, time: event.time - MINUTE_MS }]
    default:
      return [event]
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return headers['content-type'] === undefined ? {} : { 'content-type': headers['content-type'] }
}

function asIfAllWere(answerText: string, accepted: number): string {
  return JSON.stringify({ ...(JSON.parse(answerText) as Answer), accepted })
}
