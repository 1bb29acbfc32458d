// The contexts of sampled requests in the form of W3C Trace Context, as they are handed on beside what the requests
// sent. Whatever comes from outside is read strictly: what is not exactly of this form is left out, and never shown.

/** Of one record; requests beyond are not recorded any further. */
export const TRACEPARENTS_MAX = 8
/** https://www.w3.org/TR/trace-context/#traceparent-header: version 0, sampled, no id of zeros. */
const SAMPLED = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/
const TRACEPARENT_BYTES = 55

/** The contexts beside a record; left out where there are none. */
export type Carried = { readonly traceparents?: readonly string[] }

/** What is of use of values that anybody may have written. */
export function readTraceparents(values: readonly (Uint8Array | null)[]): Carried {
  const traceparents: string[] = []
  for (const value of values.slice(0, TRACEPARENTS_MAX)) {
    const text = value?.length === TRACEPARENT_BYTES ? Buffer.from(value).toString('latin1') : ''
    if (SAMPLED.test(text)) traceparents.push(text)
  }
  return traceparents.length > 0 ? { traceparents } : {}
}
