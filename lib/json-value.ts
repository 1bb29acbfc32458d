/** The value of a JSON text; undefined where the text is no JSON, which has no such value. */
export function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
