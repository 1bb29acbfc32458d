// Sends one request to a receiver: to an address that was checked, following no redirect, reading little of the
// answer, within a time.
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { SECOND_MS } from '../../../model/bucket.ts'
import type { Outcome } from './milestones.ts'
import { type AllowedReceivers, addressIn, isListed, isPublicAddress } from './public-address.ts'
import { type DnsResolver, ListedLookups, newDnsResolver, publicLookup } from './receiver-lookup.ts'

export type Webhook = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Never fails, except when aborted: then nobody knows whether it was taken. */
export type SendWebhook = (webhook: Webhook, signal: AbortSignal) => Promise<Outcome>

/** From the name of the host to the end of the answer. */
const ATTEMPT_TIMEOUT_MS = 10 * SECOND_MS
const ANSWER_BYTES_MAX = 64 << 10
const REFUSED = 'The host has no address in the public internet, and WEBHOOK_HOSTS does not list it.'
/** Not why: which names there are here, what they resolve to, and which ports are open, is told to nobody. */
const UNREACHED =
  'The receiver could not be reached. Its host has to be in the public internet, unless WEBHOOK_HOSTS lists it.'

export function webhookSender(
  allowed: AllowedReceivers,
  userAgent: string,
  timeoutMs = ATTEMPT_TIMEOUT_MS,
  newResolver: () => DnsResolver = newDnsResolver,
): SendWebhook {
  const listed = new ListedLookups()
  return async ({ url: text, headers, body }, signal) => {
    const url = new URL(text)
    const mayBePrivate = isListed(url, allowed)
    const address = addressIn(url)
    if (!mayBePrivate && address !== null && !isPublicAddress(address)) return failed(REFUSED)
    if (!mayBePrivate && url.protocol !== 'https:') return failed('The address does not begin with https://.')
    const timeout = AbortSignal.timeout(timeoutMs)
    const ending = AbortSignal.any([signal, timeout])
    try {
      const status = await post(url, {
        headers: { ...headers, 'user-agent': userAgent, 'content-length': String(Buffer.byteLength(body)) },
        body,
        lookup: mayBePrivate ? listed.until(ending) : publicLookup(ending, newResolver),
        signal: ending,
      })
      return outcomeOf(status)
    } catch (error) {
      if (signal.aborted) throw error
      return failed(timeout.aborted ? `There was no answer within ${timeoutMs / SECOND_MS} s.` : UNREACHED)
    }
  }
}

type Post = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly lookup: LookupFunction
  readonly signal: AbortSignal
}

/** The status of the answer. A connection of its own: what was checked for it is where it goes. */
function post(url: URL, { headers, body, lookup, signal }: Post): Promise<number> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, agent: false as const, signal, lookup }
    const sending = send(url, options, (answer) => {
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > ANSWER_BYTES_MAX) answer.destroy()
      })
      answer.on('error', () => {}) // the status is what counts
      answer.on('close', () => resolve(answer.statusCode!))
    })
    sending.on('upgrade', ({ statusCode }, socket) => {
      socket.destroy()
      resolve(statusCode!)
    })
    sending.on('error', reject)
    sending.on('close', () => reject(new Error('it closed the connection without an answer')))
    sending.end(body)
  })
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return { ok: true }
  const isRedirect = status >= 300 && status < 400
  const error = `The receiver answered ${status}${isRedirect ? ', and redirects are not followed' : ''}.`
  return { ok: false, error, isGone: status === 410 }
}

function failed(error: string): Outcome {
  return { ok: false, error, isGone: false }
}
