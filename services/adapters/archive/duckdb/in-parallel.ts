// A bounded number of waits at a time.

const WAITS_MAX = 8

/** In the order of the items. Rejected with the first fault, once everything that was begun has ended. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  const entries = items.entries()
  let failed = false
  const worker = async () => {
    for (const [i, item] of entries) {
      if (failed) return
      try {
        results[i] = await work(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: WAITS_MAX }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return results
}
