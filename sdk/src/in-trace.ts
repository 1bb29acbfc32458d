// A fetch whose requests belong to the trace of the program that makes them.

type Fetch = typeof globalThis.fetch

/** https://www.w3.org/TR/trace-context/#traceparent-header: version 0; the server minds the rest. */
const TRACEPARENT = /^00-[\da-f]{32}-[\da-f]{16}-\w\w$/

/**
 * @param traceparent called for each request, every attempt included. What it throws, and all that is no context,
 *   leaves the request as it is: tracing must not cost an event.
 */
export function inTrace(fetch: Fetch, traceparent: () => string | undefined): Fetch {
  return (input, init) => {
    let context = ''
    try {
      context += traceparent()
    } catch {}
    const headers = { ...init?.headers, traceparent: context }
    return fetch(input, TRACEPARENT.test(context) ? { ...init, headers } : init)
  }
}
