// Where the events stand in a large body of JSON, found by one look over its characters at little more than a
// nanosecond each. JSON.parse is safe, but a megabyte of names that it has never seen keeps it busy for up to a tenth
// of a second, and everybody else waits: so each event of a large body is parsed by itself, with turns in between.

/** What a thousand events of forty values each come to. */
export const VALUES_MAX = 40_000
export const DEPTH_MAX = 64

/** What a body may be: one value, an array of values, or an event, an array or `{"events": […]}`. */
export type Shape = 'value' | 'array' | 'events'

/** One event of a body: its place in the text, and how much there is to parse. */
export type Piece = {
  readonly start: number
  readonly end: number
  /** Commas and opening brackets. */
  readonly values: number
  /** As compact JSON, an escape counted as one. */
  readonly chars: number
}

export type JsonLayout =
  /** Each piece is JSON where the body is; a value is one. */
  | { readonly form: Shape; readonly pieces: readonly Piece[] }
  | { readonly form: 'not_json' | 'too_complex' | 'beside_events' }

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const BRACKET = 0x5b
const BRACKET_END = 0x5d
const LETTER_U = 0x75
const BRACE = 0x7b
const BRACE_END = 0x7d
const SPACE = 0x20
/** Behind the letter in `\u0041`. */
const HEX_DIGITS = 4

const LEVELS_OUTSIDE = { value: 0, array: 1, events: 2 } as const
const NOT_JSON = { form: 'not_json' } as const
const TOO_COMPLEX = { form: 'too_complex' } as const

const OPENING = /[ \t\n\r]*(?:(\[)|\{[ \t\n\r]*"events"[ \t\n\r]*:[ \t\n\r]*\[)/y
const ENDING = { array: /\][ \t\n\r]*$/y, events: /\][ \t\n\r]*\}[ \t\n\r]*$/y } as const
const BESIDE = /\][ \t\n\r]*,/y

/**
 * The text may be anything, and need not be of the shape. An `events` that is not the first field, or is written with
 * escapes, is not looked for: such a body is one value.
 */
export function layOut(text: string, shape: Shape): JsonLayout {
  OPENING.lastIndex = 0
  const opening = OPENING.exec(text)
  const form = opening === null ? 'value' : opening[1] === undefined ? 'events' : 'array'
  const isList = shape === 'events' || (shape === 'array' && form === 'array')
  return form !== 'value' && isList ? layOutFrom(text, OPENING.lastIndex, form) : layOutFrom(text, 0, 'value')
}

function layOutFrom(text: string, from: number, form: Shape): JsonLayout {
  const pieces: Piece[] = []
  const isList = form !== 'value'
  const outside = LEVELS_OUTSIDE[form]
  let start = from
  let values = 0
  let chars = 0
  let depth = 0
  let total = outside
  for (let at = from; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      // A string, at once: most of a body is in strings.
      for (at += 1; at < text.length; at += 1) {
        const inside = text.charCodeAt(at)
        if (inside === QUOTE) break
        chars += 1
        if (inside === BACKSLASH) at += text.charCodeAt(at + 1) === LETTER_U ? 1 + HEX_DIGITS : 1
      }
      chars += 2
    } else if (unit > SPACE) {
      chars += 1
      if (unit === COMMA) {
        total += 1
        values += 1
        if (isList && depth === 0) {
          pieces.push({ start, end: at, values: values - 1, chars: chars - 1 })
          start = at + 1
          values = 0
          chars = 0
        }
        if (total > VALUES_MAX) return TOO_COMPLEX
      } else if (unit === BRACKET || unit === BRACE) {
        total += 1
        values += 1
        depth += 1
        if (total > VALUES_MAX || depth + outside > DEPTH_MAX) return TOO_COMPLEX
      } else if (unit === BRACKET_END || unit === BRACE_END) {
        if (isList && depth === 0) {
          if (pieces.length > 0 || chars > 1) pieces.push({ start, end: at, values, chars: chars - 1 })
          return ended(text, at, form, pieces)
        }
        depth -= 1
      }
    }
  }
  return isList ? NOT_JSON : { form, pieces: [{ start, end: text.length, values, chars }] }
}

/** Behind the last piece of a list nothing else may stand. */
function ended(
  text: string,
  at: number,
  form: Exclude<Shape, 'value'>,
  pieces: readonly Piece[],
): JsonLayout {
  ENDING[form].lastIndex = at
  if (ENDING[form].test(text)) return { form, pieces }
  BESIDE.lastIndex = at
  return form === 'events' && BESIDE.test(text) ? { form: 'beside_events' } : NOT_JSON
}
