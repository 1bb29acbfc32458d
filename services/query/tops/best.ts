// The first few of many, in order, without sorting them all.

/** At most `limit` items, the least by `compare` first. */
export function best<T>(items: Iterable<T>, limit: number, compare: (a: T, b: T) => number): T[] {
  const first: T[] = []
  if (limit === 0) return first
  for (const item of items) {
    if (first.length === limit && compare(item, first[limit - 1]!) >= 0) continue
    let low = 0
    let high = first.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare(item, first[middle]!) < 0) high = middle
      else low = middle + 1
    }
    first.splice(low, 0, item)
    if (first.length > limit) first.pop()
  }
  return first
}
