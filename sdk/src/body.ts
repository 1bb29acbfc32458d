// A fetch that sends long texts packed where that is wanted, and in the form that costs Node the least memory.

type Fetch = typeof globalThis.fetch

/**
 * Longer bodies are handed over as bytes. Node's fetch holds each body until the next full garbage collection, and
 * memory outside the heap makes that come sooner than strings do.
 */
const BYTES_FROM_CHARS = 64 * 1_024

/**
 * For requests whose body is a text.
 *
 * @param gzipMinChars bodies from this many characters on are gzipped, where the platform can
 */
export function packBodies(fetch: Fetch, gzipMinChars: number): Fetch {
  return async (input, init) => {
    const text = init?.body
    if (typeof text !== 'string') return fetch(input, init)
    if (text.length < gzipMinChars || typeof CompressionStream === 'undefined') {
      const body = text.length < BYTES_FROM_CHARS ? text : new TextEncoder().encode(text)
      return fetch(input, { ...init, body })
    }
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
    const body = new Uint8Array(await new Response(stream).arrayBuffer())
    return fetch(input, { ...init, body, headers: { ...init?.headers, 'content-encoding': 'gzip' } })
  }
}
