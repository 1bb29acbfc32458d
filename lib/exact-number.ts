// A number as decimal text that JSON.stringify writes digit by digit, since a double would round long sums.
// See the TC39 proposal "JSON.parse source text access", which TypeScript's library does not describe yet.

declare global {
  interface JSON {
    rawJSON(text: string): ExactNumber
  }
}

export type ExactNumber = { readonly rawJSON: string }

/** `text` is a JSON number token; anything else throws a SyntaxError. */
export function exactNumber(text: string): ExactNumber {
  return JSON.rawJSON(text)
}
