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
}

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
}
