// A bound on the time to connect, apart from that of the request: for Node alone, whose fetch says on a diagnostics
// channel when it has a connection and writes a request to it. No other platform's fetch says so.
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'

export type NodeFetchOptions = {
  /** From the call until the connection stands, name lookup and TLS included; 3,000 when missing. */
  readonly connectTimeoutMs?: number
}

type Call = { readonly onConnected: () => void }
type Message = { readonly request: object }

const calls = new AsyncLocalStorage<Call>()
/** By undici's own object for a request. */
const callOf = new WeakMap<object, Call>()
let isListening = false

/** Once in a process, and not before it is wanted. */
function listen(): void {
  if (isListening) return
  isListening = true
  subscribe('undici:request:create', (message) => {
    const call = calls.getStore()
    if (call) callOf.set((message as Message).request, call)
  })
  subscribe('undici:client:sendHeaders', (message) => callOf.get((message as Message).request)?.onConnected())
}

/**
 * Node's fetch for `createClient({ fetch })`, which fails after `connectTimeoutMs` where no connection was to be had.
 * On Deno and Bun, which do not say when they are connected, it is the platform's fetch.
 */
export function createNodeFetch({ connectTimeoutMs = 3_000 }: NodeFetchOptions = {}): typeof fetch {
  if ('deno' in process.versions || 'bun' in process.versions) return fetch
  listen()
  return async (input, init) => {
    const controller = new AbortController()
    const signal = init?.signal ?? (input instanceof Request ? input.signal : null)
    const abort = () => controller.abort(signal?.reason)
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
    const timer = setTimeout(
      () => controller.abort(new Error(`no connection within ${connectTimeoutMs} ms`)),
      connectTimeoutMs,
    )
    const onConnected = () => clearTimeout(timer)
    try {
      return await calls.run({ onConnected }, () => fetch(input, { ...init, signal: controller.signal }))
    } finally {
      onConnected()
    }
  }
}
