// A fetch that follows redirects where nothing can go wrong: to the same origin, and only if the request stays what it
// is. Browsers show no redirect to follow, so pages that only send do without this.
import { parseUrl, REDIRECT } from './exchange.ts'

type Fetch = typeof globalThis.fetch

const REDIRECTS_MAX = 3
/** This and 308 repeat the request as it is; all others turn a POST into a GET. */
const TEMPORARY_REDIRECT = 307

/** For requests with `redirect: 'manual'` and a text as their address; the answer to the last of them. */
export function followRedirects(fetch: Fetch): Fetch {
  return async (input, init) => {
    let url = input as string
    for (let redirects = 0; ; redirects++) {
      const response = await fetch(url, init)
      const target = redirects < REDIRECTS_MAX ? targetOf(response, url, init?.method) : null
      if (target === null) return response
      response.body?.cancel().catch(() => {})
      url = target
    }
  }
}

/** null where the answer is no redirect, or one that must not be followed. */
function targetOf({ status, headers }: Response, url: string, method = 'GET'): string | null {
  const location = REDIRECT.test(`${status}`) ? headers.get('location') : null
  const target = location === null ? null : parseUrl(location, url)
  const repeats = status >= TEMPORARY_REDIRECT || method === 'GET'
  return repeats && target?.origin === new URL(url).origin ? target.href : null
}
