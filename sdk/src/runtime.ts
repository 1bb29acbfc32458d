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
  /**
   * Runs `act` once after `ms`, unless the returned function is called before. A process that has nothing else to do
   * waits for it, unless `isIdle`.
   */
  after(ms: number, act: () => void, isIdle?: boolean): () => void
  /** The origin of the page in which this runs, such as `https://example.org`; undefined outside a page. */
  readonly pageOrigin: string | undefined
  /** The page in which this runs; undefined outside a page. */
  readonly page: PageGlobals | undefined
}

/** What a page has of its platform; elsewhere all of it may be missing. */
export type PageGlobals = EventSource & {
  readonly document: EventSource & { readonly visibilityState: string }
  readonly navigator?: { sendBeacon?(url: string, body: Blob): boolean }
}

type EventSource = {
  addEventListener(type: string, listener: () => void, options: { readonly signal: AbortSignal }): void
}

/** A longer one would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

const globals = globalThis as unknown as Partial<PageGlobals> & {
  readonly location?: { readonly origin?: string }
}

export const platformRuntime: Runtime = {
  fetch: (input, init) => fetch(input, init),
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  randomBytes: (bytes) => {
    crypto.getRandomValues(bytes)
  },
  after: (ms, act, isIdle) => {
    const timer: unknown = setTimeout(act, Math.min(ms, TIMER_MS_MAX))
    if (isIdle) (timer as { unref?(): void }).unref?.() // Node's timers alone can
    return () => clearTimeout(timer as number)
  },
  pageOrigin: globals.location?.origin,
  page: globals.document && globals.addEventListener && (globals as PageGlobals),
}
