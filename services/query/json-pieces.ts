// An answer as JSON text in pieces, none of them long: a long list is not written in one go.

/** A shorter list within an item is written with it. */
const LONG_LIST = 100

/**
 * What JSON.stringify would give: an object member by member, and those that are lists item by item; items with long
 * lists in them likewise.
 */
export function* jsonPieces(answer: object): Generator<string> {
  let before = '{'
  for (const [name, value] of Object.entries(answer)) {
    if (value === undefined) continue
    yield `${before}${JSON.stringify(name)}:`
    before = ','
    if (Array.isArray(value)) yield* listPieces(value)
    else yield JSON.stringify(value)
  }
  yield before === '{' ? '{}' : '}'
}

function* listPieces(items: readonly unknown[]): Generator<string> {
  let before = '['
  for (const item of items) {
    if (hasLongList(item)) {
      yield before
      yield* jsonPieces(item)
    } else yield `${before}${JSON.stringify(item)}`
    before = ','
  }
  yield before === '[' ? '[]' : ']'
}

function hasLongList(item: unknown): item is object {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return false
  return Object.values(item).some((member) => Array.isArray(member) && member.length > LONG_LIST)
}
