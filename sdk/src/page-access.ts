// Whether the server lets this page send at all. A browser reports a refused preflight and a dead network as the same
// TypeError, so the second is told from the first by a request that needs no permission.
import { withDeadline } from './deadline.ts'
import { TallyError } from './errors.ts'
import type { Runtime } from './runtime.ts'

type Platform = Pick<Runtime, 'fetch' | 'after' | 'pageOrigin'>

const FAILURES_MIN = 2
const PROBE_TIMEOUT_MS = 3_000

/**
 * A fetch that fails with a TallyError `cross_origin_refused` once it is plain that the server is within reach and its
 * answers are kept from this page: twice in a row a request had no answer, and right after it another one, that asks
 * for no permission, was answered. Outside a page, and for a server of the page's own origin, the platform's fetch.
 */
export function explainRefusals(platform: Platform, url: string): Runtime['fetch'] {
  const { origin } = new URL(url)
  const { fetch } = platform
  if ((platform.pageOrigin ?? origin) === origin) return fetch
  // shows nothing of the answer, and fails only if there is none
  const ask = (signal: AbortSignal) =>
    fetch(`${url}/health/live`, { mode: 'no-cors', cache: 'no-store', signal })
  let isGranted = false
  let failures = 0
  return async (input, init) => {
    try {
      const response = await fetch(input, init)
      isGranted = true
      return response
    } catch (cause) {
      if (isGranted || init?.signal?.aborted) throw cause
      const isReached = withDeadline(platform, PROBE_TIMEOUT_MS, undefined, ask).then(() => true)
      failures = (await isReached.catch(() => false)) ? failures + 1 : 0
      if (failures < FAILURES_MIN) throw cause
      const message = 'the server answers, but not this page: is its origin allowed?'
      throw new TallyError('cross_origin_refused', message, { cause })
    }
  }
}
