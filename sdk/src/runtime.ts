// What the SDK uses of its platform, in one place, so that tests can control it.

export type Runtime = {
  readonly fetch: typeof globalThis.fetch
  /** Epoch milliseconds. */
  nowMs(): number
  /** Milliseconds since some moment; never steps back. */
  monotonicMs(): number
  /** At least 0 and less than 1. */
  random(): number
  randomBytes(bytes: Uint8Array<ArrayBuffer>): void
  /** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Runs `act` once after `ms`, unless the returned function is called before. */
  after(ms: number, act: () => void): () => void
  /** The origin of the page in which this runs, such as `https://example.org`; undefined outside a page. */
  readonly pageOrigin: string | undefined
}

const { location } = globalThis as { location?: { origin?: string } }

export const platformRuntime: Runtime = {
  fetch: (input, init) => fetch(input, init),
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  randomBytes: (bytes) => {
    crypto.getRandomValues(bytes)
  },
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer)
        reject(signal!.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }, ms)
      if (signal?.aborted) abort()
      else signal?.addEventListener('abort', abort, { once: true })
    }),
  after: (ms, act) => {
    const timer = setTimeout(act, ms)
    return () => clearTimeout(timer)
  },
  pageOrigin: location?.origin,
}
