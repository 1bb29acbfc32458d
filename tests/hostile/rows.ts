// The nine ways in which a server or what stands before it goes wrong, as the clients meet them in the field. Each is a
// pure function from what a request holds, and when it came, to what is done with it.

type Met = {
  readonly path: string
  readonly events: number
  /** Since the first request. */
  readonly elapsedMs: number
  /** 0 for the first request. */
  readonly nth: number
  readonly nowMs: number
}

export type Reaction =
  /** The events are stored, and the client gets its protocol's answer. */
  | 'store'
  /** The events are stored, and the connection is cut instead of an answer. */
  | 'storeAndCut'
  | 'hang'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly html?: string }

export type Row = { readonly name: string; readonly react: (met: Met) => Reaction }

const OUTAGE_MS = 20_000
const THROTTLE_MS = 3_000
const PORTAL_MS = 3_000
const RETRY_AFTER_SECONDS = 2
const EVENTS_MAX = 10
const LOGIN_PATH = '/login'
const LOGIN = { status: 200, html: '<!doctype html><title>Welcome</title><form>Your room number</form>' }

function throttled(retryAfter: (met: Met) => string) {
  return (met: Met): Reaction =>
    met.elapsedMs < THROTTLE_MS ? { status: 429, headers: { 'retry-after': retryAfter(met) } } : 'store'
}

export const ROWS: readonly Row[] = [
  {
    name: '503 for 20 s',
    react: ({ elapsedMs }) => (elapsedMs < OUTAGE_MS ? { status: 503 } : 'store'),
  },
  { name: '429, Retry-After in seconds', react: throttled(() => String(RETRY_AFTER_SECONDS)) },
  {
    name: '429, Retry-After as a date',
    react: throttled(({ nowMs }) => new Date(nowMs + RETRY_AFTER_SECONDS * 1_000).toUTCString()),
  },
  { name: '413 above 10 events', react: ({ events }) => (events > EVENTS_MAX ? { status: 413 } : 'store') },
  { name: 'stored, then reset', react: ({ nth }) => (nth === 0 ? 'storeAndCut' : 'store') },
  {
    name: 'captive portal for 3 s',
    react: ({ elapsedMs }) => (elapsedMs < PORTAL_MS ? LOGIN : 'store'),
  },
  {
    name: '302 to a login',
    react: ({ path }) => (path === LOGIN_PATH ? LOGIN : { status: 302, headers: { location: LOGIN_PATH } }),
  },
  { name: '501', react: () => ({ status: 501 }) },
  { name: 'no answer at all', react: () => 'hang' },
]
