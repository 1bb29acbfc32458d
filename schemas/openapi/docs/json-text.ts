// JSON for people to read.

const LIST_OF_WORDS = /\[\s+([^[\]{}]*?)\s+\]/g

/** Indented, but lists of words and numbers on one line. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    LIST_OF_WORDS,
    (_, items: string) => `[${items.replace(/,\s+/g, ', ')}]`,
  )
}
