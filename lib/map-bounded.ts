// Bounded concurrency over a list.

/** Maps `items`, at most `inFlightMax` at a time, to results in the same order; the first rejection ends it. */
export async function mapBounded<T, R>(
  items: readonly T[],
  inFlightMax: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length)
  const rest = items.entries()
  let failed = false
  const worker = async () => {
    for (const [at, item] of rest) {
      if (failed) return
      results[at] = await map(item)
    }
  }
  const workers = Array.from({ length: Math.min(inFlightMax, items.length) }, worker)
  try {
    await Promise.all(workers)
  } catch (error) {
    failed = true
    throw error
  }
  return results
}
