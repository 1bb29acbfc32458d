// Sends a request until its outcome is known: after a lost answer, a 429 or a 5xx it is unknown, so the request is
// sent again with the same ids and times, as the SDK does. A copy counts once, so the recorded numbers are exact.
import { check } from 'k6'
import http, { type RefinedResponse } from 'k6/http'
import { setTimeout } from 'k6/timers'
import { MS_PER_SECOND } from './durations.ts'
import type { Ledger } from './ledger.ts'
import type { Run } from './names.ts'
import type { Settings } from './settings.ts'
import type { Batch } from './traffic.ts'

type Answer = {
  readonly accepted: number
  readonly late: number
  readonly rejected: readonly { readonly index: number }[]
}

const ACCEPTED = 202
const TOO_MANY_REQUESTS = 429
const NOTHING_ACCEPTED = 422
const SERVER_ERROR = 500
const FIRST_DELAY_MS = 200
const DELAY_CAP_MS = 5_000

/** True if the events are acknowledged. Never fails. */
export async function send(settings: Settings, ledger: Ledger, run: Run, batch: Batch): Promise<boolean> {
  const { url, headers, timeout, retryMs } = settings
  const params = { headers, timeout, tags: { name: 'events' } }
  const startedMs = Date.now()
  ledger.offered(run, batch)
  for (let attempt = 1; ; attempt++) {
    const response = await http.asyncRequest('POST', `${url}/v1/events`, batch.body, params)
    const { status } = response
    if (status === ACCEPTED || status === NOTHING_ACCEPTED) {
      return book(ledger, run, batch, response, Date.now() - startedMs)
    }
    const isOpen = status === 0 || status === TOO_MANY_REQUESTS || status >= SERVER_ERROR
    if (!isOpen) {
      ledger.refused(batch)
      return check(response, { 'the request is taken': () => false })
    }
    if (Date.now() - startedMs > retryMs) {
      ledger.givenUp(batch)
      return check(response, { 'the outcome is known in time': () => false })
    }
    ledger.sentAgain(run)
    await pause(delayMs(attempt, response.headers['Retry-After']))
  }
}

function book(
  ledger: Ledger,
  run: Run,
  batch: Batch,
  response: RefinedResponse<undefined>,
  tookMs: number,
): boolean {
  const { accepted, late, rejected } = response.json() as unknown as Answer
  const indexes = rejected.map(({ index }) => index)
  ledger.acknowledged(run, batch, indexes, late, tookMs)
  return check(accepted, {
    'every event is accepted or rejected by index': () => accepted + indexes.length === batch.keys.length,
    'no event is rejected': () => indexes.length === 0,
  })
}

/** The server's Retry-After, else exponential backoff; with jitter. */
function delayMs(attempt: number, retryAfter: string | undefined): number {
  const asked = Number(retryAfter) * MS_PER_SECOND
  const least = asked > 0 ? asked : FIRST_DELAY_MS * 2 ** (attempt - 1)
  return Math.min(DELAY_CAP_MS, least) * (0.5 + Math.random())
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(), ms)
  })
}
