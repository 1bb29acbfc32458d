// One HTTP request and its whole answer, within a deadline and a bound on bytes. Follows a redirect only where nothing
// can go wrong: to the same origin. Knows nothing of events, counts or retries.
import { withDeadline } from './deadline.ts'
import { TallyError } from './errors.ts'
import type { Runtime } from './runtime.ts'

export type Exchange = {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined
  /** Until the last byte of the answer is read, redirects included. */
  readonly timeoutMs: number
  /** Of the answer's body, inflated. */
  readonly answerBytesMax: number
  readonly signal?: AbortSignal | undefined
  /** Lets a page's request outlive the page. */
  readonly keepalive?: boolean | undefined
}

export type Answer = {
  readonly status: number
  readonly headers: Headers
  /** Where it is longer than the bound, an ellipsis stands for the rest: no JSON, whatever was read. */
  readonly text: string
}

type Platform = Pick<Runtime, 'fetch' | 'after'>

const REDIRECTS_MAX = 3
const REDIRECT = /^30[12378]$/
/** This and 308 repeat the request as it is; all others turn a POST into a GET. */
const TEMPORARY_REDIRECT = 307

/** Fails with a TallyError `aborted`, `timeout` or `redirected`, or with what the platform's fetch throws. */
export function exchange(platform: Platform, wanted: Exchange): Promise<Answer> {
  const { method, headers, body = null, keepalive } = wanted
  return withDeadline(platform, wanted.timeoutMs, wanted.signal, async (signal) => {
    const init: RequestInit = { method, headers, body, redirect: 'manual', signal }
    if (keepalive) init.keepalive = keepalive // not every platform knows the word
    for (let { url } = wanted, redirects = 0; ; redirects++) {
      const response = await platform.fetch(url, init)
      const target = redirectOf(response, url, method)
      const { status } = response
      if (target === null) {
        return { status, headers: response.headers, text: await readText(response, wanted.answerBytesMax) }
      }
      response.body?.cancel().catch(() => {})
      if (redirects === REDIRECTS_MAX || target === '') {
        throw new TallyError('redirected', `${url} redirects elsewhere: is the url right?`, { status })
      }
      url = target
    }
  })
}

/** What made an exchange fail, as an error of this SDK. */
export function exchangeError(cause: unknown, url: string): TallyError {
  if (cause instanceof TallyError) return cause
  return new TallyError('network', `${new URL(url).origin} cannot be reached`, { cause })
}

/**
 * Where an answer redirects to; '' where that cannot be known or must not be followed, and null where it is no
 * redirect. Browsers hide a redirect that they were told not to follow (status 0), and a fetch that does not know
 * `redirect: 'manual'` has already followed it, perhaps with another method.
 */
function redirectOf(response: Response, url: string, method: string): string | null {
  const { origin } = new URL(url)
  const answeredBy = parseUrl(response.url)
  if (response.type === 'opaqueredirect' || response.redirected) return ''
  if (answeredBy && answeredBy.origin !== origin) return ''
  if (!REDIRECT.test(`${response.status}`)) return null
  const location = response.headers.get('location')
  const target = location === null ? null : parseUrl(location, url)
  const repeats = response.status >= TEMPORARY_REDIRECT || method === 'GET'
  return repeats && target?.origin === origin ? target.href : ''
}

/** null where it cannot be read. */
export function parseUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
}

/** Stops reading at the bound: an inflated answer may be a thousand times as long as what travelled. */
async function readText(response: Response, bytesMax: number): Promise<string> {
  const reader = response.body?.getReader()
  if (reader === undefined) {
    const text = await response.text() // React Native's answers have no stream
    return text.length > bytesMax ? `${text.slice(0, bytesMax)}…` : text
  }
  const decoder = new TextDecoder()
  let text = ''
  for (let room = bytesMax; ; ) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    text += decoder.decode(value.subarray(0, room), { stream: true })
    room -= value.length
    if (room >= 0) continue
    reader.cancel().catch(() => {})
    return `${text}…`
  }
}
