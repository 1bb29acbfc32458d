// Serialises an answer as JSON in short pieces, so that a long list does not block the event loop.

/** A shorter list within an item is written together with it. */
const LONG_LIST = 100

/**
 * The text that JSON.stringify would give: an object member by member, lists item by item, and items with long lists
 * likewise.
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
