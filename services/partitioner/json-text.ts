// Parses untrusted JSON. JSON.parse is safe, but a megabyte of brackets or keys blocks the event loop for tens of
// milliseconds. So large texts are scanned first, at little more than a nanosecond per character.

const UNCHECKED_CHARS_MAX = 32 << 10
/** Enough for a thousand events of forty values each. */
const VALUES_MAX = 40_000
const DEPTH_MAX = 64

export type JsonText =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: 'not_json' | 'too_complex' }

const NOT_JSON: JsonText = { ok: false, fault: 'not_json' }
const TOO_COMPLEX: JsonText = { ok: false, fault: 'too_complex' }

/**
 * The value of a text, with the last of duplicate keys; refused if it is large and holds too many values or levels.
 */
export function readJson(text: string): JsonText {
  if (text.length > UNCHECKED_CHARS_MAX && isComplex(text)) return TOO_COMPLEX
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return NOT_JSON
  }
}

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const BRACKET = 0x5b
const BRACKET_END = 0x5d
const BRACE = 0x7b
const BRACE_END = 0x7d

/**
 * Counts the commas and opening brackets outside strings, one of which precedes each value. The text need not be
 * valid.
 */
function isComplex(text: string): boolean {
  let values = 0
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (inString) {
      if (unit === BACKSLASH) at += 1
      else if (unit === QUOTE) inString = false
    } else if (unit === QUOTE) inString = true
    else if (unit === COMMA) values += 1
    else if (unit === BRACKET || unit === BRACE) {
      values += 1
      depth += 1
      if (depth > DEPTH_MAX) return true
    } else if (unit === BRACKET_END || unit === BRACE_END) depth -= 1
    if (values > VALUES_MAX) return true
  }
  return false
}
