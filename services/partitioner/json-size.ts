// How large a value is as JSON. JSON.stringify could tell, but it overflows the stack on deeply nested values.

/**
 * Whether a value from JSON takes more than `bytesMax` as compact JSON, escapes not counted. Stops as soon as the
 * result is known.
 */
export function isLargerThan(bytesMax: number, value: unknown): boolean {
  const pending: unknown[] = [value]
  let bytes = 0
  while (pending.length > 0 && bytes <= bytesMax) {
    const next = pending.pop()
    if (typeof next === 'string') bytes += Buffer.byteLength(next) + 2
    else if (Array.isArray(next)) {
      bytes += Math.max(2, next.length + 1) // brackets, and a comma between every two items
      if (bytes <= bytesMax) for (const item of next) pending.push(item)
    } else if (typeof next === 'object' && next !== null) {
      const before = bytes
      for (const key in next) {
        bytes += Buffer.byteLength(key) + 4 // its quotes, a colon, and a comma or the opening brace
        if (bytes > bytesMax) return true
        pending.push((next as Readonly<Record<string, unknown>>)[key])
      }
      bytes += bytes === before ? 2 : 1
    } else bytes += String(next).length
  }
  return bytes > bytesMax
}
