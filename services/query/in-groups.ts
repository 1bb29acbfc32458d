// Bounded concurrency over a list.

/** Maps `items` in order, `sizeMax` at a time; the first rejection ends it. */
export async function inGroups<T, R>(items: readonly T[], sizeMax: number, map: (item: T) => Promise<R>) {
  const results: R[] = []
  for (let at = 0; at < items.length; at += sizeMax) {
    results.push(...(await Promise.all(items.slice(at, at + sizeMax).map(map))))
  }
  return results
}
