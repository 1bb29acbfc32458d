// The events of a body of JSON from strangers, as values. A large body is parsed some events at a time, with turns for
// everybody else in between (see json-layout.ts).
import { jsonValue } from '../../lib/json-value.ts'
import { Turns } from '../../lib/turns.ts'
import { type JsonLayout, layOut, type Piece, type Shape } from './json-layout.ts'

/** Longer texts are not parsed in one go: so many characters take some milliseconds, whatever they are. */
const AT_ONCE_CHARS_MAX = 32 << 10
/** Of an event that is larger than any may be, and so is only told what it is. */
const OVERSIZE_VALUES_MAX = 1_000

export type JsonFault = 'not_json' | 'too_complex' | 'not_array' | 'events_not_array' | 'beside_events'
export type JsonItems =
  | { readonly ok: true; readonly items: readonly unknown[] }
  | { readonly ok: false; readonly fault: JsonFault }

export type ItemLimits = {
  readonly itemsMax: number
  /** As compact JSON. */
  readonly itemBytesMax: number
}

const NOT_JSON = { ok: false, fault: 'not_json' } as const

/**
 * The items of a body; of duplicate fields of one the last counts. Where there are more than `itemsMax`, only their
 * number is right. An item that is larger than it may be, and takes long to parse, stays text.
 */
export async function readItems(text: string, shape: Shape, limits: ItemLimits): Promise<JsonItems> {
  if (text.length <= AT_ONCE_CHARS_MAX) {
    const value = jsonValue(text)
    return value === undefined ? NOT_JSON : itemsIn(value, shape)
  }
  const layout = layOut(text, shape)
  if ('pieces' in layout) return readPieces(text, layout, shape, limits)
  return { ok: false, fault: layout.form }
}

async function readPieces(
  text: string,
  { form, pieces }: Extract<JsonLayout, { pieces: unknown }>,
  shape: Shape,
  { itemsMax, itemBytesMax }: ItemLimits,
): Promise<JsonItems> {
  if (pieces.length > itemsMax) return { ok: true, items: pieces }
  const turns = new Turns(AT_ONCE_CHARS_MAX)
  const items: unknown[] = []
  for (let at = 0; at < pieces.length; ) {
    const { start } = pieces[at]!
    const isText = isOversize(pieces[at]!, itemBytesMax)
    let next = at + 1
    while (!isText && next < pieces.length && pieces[next]!.end - start <= AT_ONCE_CHARS_MAX) next += 1
    const json = text.slice(start, pieces[next - 1]!.end)
    const some = isText ? [json] : jsonValue(`[${json}]`)
    if (!Array.isArray(some) || some.length !== next - at) return NOT_JSON
    for (const item of some) items.push(item)
    await turns.after(json.length)
    at = next
  }
  return form === 'value' ? itemsIn(items[0], shape) : { ok: true, items }
}

function isOversize({ values, chars }: Piece, itemBytesMax: number): boolean {
  return chars > itemBytesMax && values > OVERSIZE_VALUES_MAX
}

function itemsIn(value: unknown, shape: Shape): JsonItems {
  if (shape === 'value') return { ok: true, items: [value] }
  if (Array.isArray(value)) return { ok: true, items: value }
  if (shape === 'array') return { ok: false, fault: 'not_array' }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'events')) {
    return { ok: true, items: [value] }
  }
  const { events } = value as { events: unknown }
  if (!Array.isArray(events)) return { ok: false, fault: 'events_not_array' }
  if (Object.keys(value).length > 1) return { ok: false, fault: 'beside_events' }
  return { ok: true, items: events }
}
