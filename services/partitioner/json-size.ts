// How large a value is as JSON. JSON.stringify would tell, but it overflows the stack on values that nest
// deep.

/** Whether a value from JSON takes more than `bytesMax` as compact JSON, escapes not counted. */
export function isLargerThan(bytesMax: number, value: unknown): boolean {
  const pending: unknown[] = [value]
  let bytes = 0
  while (pending.length > 0 && bytes <= bytesMax) {
    const next = pending.pop()
    if (typeof next === 'string') bytes += Buffer.byteLength(next) + 2
    else if (typeof next === 'object' && next !== null) {
      const parts = Array.isArray(next) ? next : Object.entries(next).flat()
      for (const part of parts) pending.push(part)
      bytes += Math.max(2, parts.length + 1) // brackets, and a comma or colon between every two parts
    } else bytes += String(next).length
  }
  return bytes > bytesMax
}
