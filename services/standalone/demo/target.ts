// Where the demo sends what the SDK does not send: titles, notes, heartbeats, history.
import { setTimeout as sleep } from 'node:timers/promises'

export type Target = {
  readonly url: string
  readonly apiKey: string | undefined
  /** Of that key; '' without one. */
  readonly tenant: string
  readonly adminKey: string | undefined
  readonly signal: AbortSignal
}

type Call = { readonly method: 'PUT' | 'POST'; readonly path: string }

const POLL_MS = 500
const ADMIN_PATH = /^\/v1\/admin\//

/** False where the server does not take it: it may want a key, or lack the route. */
export async function isTaken(target: Target, call: Call, body: object): Promise<boolean> {
  return (await send(target, call, 'application/json', JSON.stringify(body))) !== null
}

/** Rows of JSON. */
export async function areTaken(target: Target, call: Call, rows: readonly object[]): Promise<boolean> {
  const body = rows.map((row) => JSON.stringify(row)).join('\n')
  return (await send(target, call, 'application/x-ndjson', body)) !== null
}

/** Begins a recount, and waits until it has ended. It would come within a minute anyway. */
export async function recounted(target: Target): Promise<void> {
  const path = '/v1/admin/recount'
  const begun = await send(target, { method: 'POST', path }, 'application/json', '{}')
  const { run } = JSON.parse(begun ?? '{}') as { readonly run?: number }
  for (let ended = -1; run !== undefined && ended < run; ) {
    await sleep(POLL_MS, undefined, { signal: target.signal })
    const answer = await fetch(target.url + path, { headers: keyFor(target, path), signal: target.signal })
    ended = ((await answer.json()) as { readonly ended: number }).ended
  }
}

/** The text of the answer, null where it is a refusal. */
async function send(target: Target, { method, path }: Call, type: string, body: string) {
  const headers = { 'content-type': type, ...keyFor(target, path) }
  const answer = await fetch(target.url + path, { method, headers, body, signal: target.signal })
  const text = await answer.text()
  return answer.ok ? text : null
}

function keyFor({ apiKey, adminKey }: Target, path: string): Readonly<Record<string, string>> {
  const key = ADMIN_PATH.test(path) ? adminKey : apiKey
  return key === undefined ? {} : { 'x-api-key': key }
}
