// Bounded concurrency.
import { mapBounded } from '../../../lib/map-bounded.ts'

const WAITS_MAX = 8

/** In the order of the items. Rejects with the first fault, once every call that was begun has ended. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const begun: Promise<R>[] = []
  const begin = (item: T) => {
    const one = work(item)
    begun.push(one)
    return one
  }
  try {
    return await mapBounded(items, WAITS_MAX, begin)
  } finally {
    await Promise.allSettled(begun)
  }
}
