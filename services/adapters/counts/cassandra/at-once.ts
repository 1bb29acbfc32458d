// Bounded concurrency over a list.

/** Maps `items` in order, at most `atOnceMax` at a time. */
export async function mapAtOnce<T, R>(
  items: readonly T[],
  atOnceMax: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const at = next++
      results[at] = await map(items[at]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnceMax, items.length) }, worker))
  return results
}
