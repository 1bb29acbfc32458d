// Whether the server lets this page send at all. A browser reports a refused preflight and a dead network as the same
// TypeError, so the second is told from the first by a request that needs no permission.
import { withDeadline } from './deadline.ts'
import type { Runtime } from './runtime.ts'

type Platform = Pick<Runtime, 'fetch' | 'after' | 'pageOrigin'>

export type PageAccess = {
  /** The server answered a request of this page: from now on a failure is the network's. */
  answered(): void
  /**
   * To be called after a request failed without an answer. Resolves to true once it is plain that the server is within
   * reach and its answers are kept from this page: twice in a row a request failed, and right after it another one,
   * that asks for no permission, was answered. Always false outside a page, and for a server of the page's own origin.
   */
  isRefused(): Promise<boolean>
}

const FAILURES_MIN = 2
const PROBE_TIMEOUT_MS = 3_000

export function createPageAccess(platform: Platform, url: string): PageAccess {
  const isForeign = platform.pageOrigin !== undefined && platform.pageOrigin !== new URL(url).origin
  let isGranted = !isForeign
  let failures = 0
  return {
    answered: () => {
      isGranted = true
    },
    isRefused: async () => {
      if (isGranted) return false
      const ask = (signal: AbortSignal) =>
        // shows nothing of the answer, and fails only if there is none
        platform.fetch(`${url}/health/live`, {
          mode: 'no-cors',
          cache: 'no-store',
          credentials: 'omit',
          signal,
        })
      const isReached = withDeadline(platform, PROBE_TIMEOUT_MS, undefined, ask).then(() => true)
      failures = (await isReached.catch(() => false)) ? failures + 1 : 0
      return failures >= FAILURES_MIN
    },
  }
}
