// One HTTP request and its whole answer, within a deadline and a bound on bytes. Knows nothing of events, counts or
// retries.
import { withDeadline } from './deadline.ts'
import { TallyError } from './errors.ts'
import type { Runtime } from './runtime.ts'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  /** Where it is longer than the bound, an ellipsis stands for the rest: no JSON, whatever was read. */
  readonly text: string
}

type Platform = Pick<Runtime, 'fetch' | 'after'>

/**
 * Fails with a TallyError `aborted`, `timeout` or `redirected`, or with what the platform's fetch throws.
 *
 * @param bytesMax of the answer's body, inflated
 * @param timeoutMs until the last byte of the answer is read
 */
export function exchange(
  platform: Platform,
  url: string,
  request: RequestInit,
  bytesMax: number,
  timeoutMs: number,
  callers: AbortSignal | undefined,
): Promise<Answer> {
  return withDeadline(platform, timeoutMs, callers, async (signal) => {
    const response = await platform.fetch(url, { ...request, redirect: 'manual', signal })
    const { status, headers } = response
    if (isRedirect(response, url)) {
      throw new TallyError('redirected', `${url} redirects`, { status })
    }
    return { status, headers, text: await readText(response, bytesMax) }
  })
}

/** What made an exchange fail, as an error of this SDK. */
export function exchangeError(cause: unknown, url: string): TallyError {
  if (cause instanceof TallyError) return cause
  return new TallyError('network', `${url} cannot be reached`, { cause })
}

export const REDIRECT = /^(0|30[12378])$/

/**
 * Browsers hide a redirect that they were told not to follow (status 0), and a fetch that does not know
 * `redirect: 'manual'` has already followed it, perhaps with another method.
 */
function isRedirect({ redirected, status, url }: Response, asked: string): boolean {
  if (redirected || REDIRECT.test(`${status}`)) return true
  const { origin } = new URL(asked)
  return (parseUrl(url)?.origin ?? origin) !== origin
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
  if (!reader) return response.text() // React Native's answers have no stream
  const decoder = new TextDecoder()
  let text = ''
  for (let room = bytesMax; ; ) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    text += decoder.decode(value.subarray(0, room), { stream: true })
    room -= value.length
    if (room < 0) return `${text}…` // the deadline, which is over then, ends the rest
  }
}
