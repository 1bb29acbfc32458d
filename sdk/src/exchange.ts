// One HTTP request and its whole answer, within a deadline and a bound on bytes. Follows a redirect only where nothing
// can go wrong: to the same origin. Knows nothing of events, counts or retries.
import { Ended, withDeadline } from './deadline.ts'
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
  readonly text: string
  /** Whether `text` is all of it; otherwise it ends where the bound is. */
  readonly whole: boolean
}

type Platform = Pick<Runtime, 'fetch' | 'after'>

const REDIRECTS_MAX = 3
/** These repeat the request as it is; all others turn a POST into a GET. */
const REPEATING: readonly number[] = [307, 308]
const REDIRECTS: readonly number[] = [301, 302, 303, ...REPEATING]

/** Fails with a TallyError `aborted`, `timeout`, `network` or `redirected`, and with nothing else. */
export async function exchange(platform: Platform, wanted: Exchange): Promise<Answer> {
  const { timeoutMs } = wanted
  try {
    return await withDeadline(platform, timeoutMs, wanted.signal, (signal) => run(platform, wanted, signal))
  } catch (cause) {
    if (cause instanceof TallyError) throw cause
    if (!(cause instanceof Ended)) {
      throw new TallyError('network', `${new URL(wanted.url).origin} cannot be reached`, { cause })
    }
    if (cause.by === 'deadline')
      throw new TallyError('timeout', `no answer within ${timeoutMs} ms`, { cause })
    throw aborted(cause.cause)
  }
}

export function aborted(reason: unknown): TallyError {
  return new TallyError('aborted', 'the call was aborted', { cause: reason })
}

async function run(platform: Platform, wanted: Exchange, signal: AbortSignal): Promise<Answer> {
  const { method, headers, body, keepalive } = wanted
  let { url } = wanted
  for (let redirects = 0; ; redirects++) {
    const init: RequestInit = { method, headers, body: body ?? null, redirect: 'manual', signal }
    const response = await platform.fetch(url, keepalive ? { ...init, keepalive } : init)
    const target = redirectOf(response, url)
    if (target === null) return { ...(await readText(response, wanted.answerBytesMax)), ...headOf(response) }
    response.body?.cancel().catch(() => {})
    if (redirects === REDIRECTS_MAX || !mayFollow(response.status, target, url, method)) {
      const { status } = response
      const place = target === '' ? 'another address' : target
      throw new TallyError('redirected', `${url} redirects to ${place}: is the url right?`, { status })
    }
    url = target
  }
}

function headOf({ status, headers }: Response) {
  return { status, headers }
}

/**
 * Where an answer redirects to; '' where that cannot be known, and null where it is no redirect. Browsers hide a
 * redirect that they were told not to follow (status 0), and a fetch that does not know `redirect: 'manual'` has
 * already followed it, perhaps with another method.
 */
function redirectOf(response: Response, url: string): string | null {
  if (response.type === 'opaqueredirect' || response.redirected) return ''
  if (response.url && originOf(response.url) !== originOf(url)) return response.url
  if (!REDIRECTS.includes(response.status)) return null
  const location = response.headers.get('location')
  return location !== null && URL.canParse(location, url) ? new URL(location, url).href : ''
}

function mayFollow(status: number, target: string, url: string, method: string): boolean {
  if (target === '' || originOf(target) !== originOf(url)) return false
  return REPEATING.includes(status) || (method === 'GET' && REDIRECTS.includes(status))
}

function originOf(url: string): string {
  return new URL(url).origin
}

/** Stops reading at the bound: an inflated answer may be a thousand times as long as what travelled. */
async function readText(response: Response, bytesMax: number): Promise<Pick<Answer, 'text' | 'whole'>> {
  const reader = response.body?.getReader()
  if (reader === undefined) {
    const text = await response.text() // React Native's answers have no stream
    return { text: text.slice(0, bytesMax), whole: text.length <= bytesMax }
  }
  const decoder = new TextDecoder()
  let text = ''
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read()
    if (done) return { text: text + decoder.decode(), whole: true }
    const room = bytesMax - bytes
    bytes += value.length
    text += decoder.decode(value.subarray(0, room), { stream: true })
    if (bytes <= bytesMax) continue
    reader.cancel().catch(() => {})
    return { text, whole: false }
  }
}
