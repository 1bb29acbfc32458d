// Several sorted sequences as one.

type Source<T> = { readonly rest: AsyncIterator<readonly T[]>; lot: readonly T[]; at: number }
type Compare<T> = (a: T, b: T) => number

/** Items that are yielded together. */
const LOT_MAX = 1_000

/** Each sequence yields lists of items, sorted across all of its lists; so does the result. */
export async function* mergeSorted<T>(
  sequences: readonly AsyncIterable<readonly T[]>[],
  compare: Compare<T>,
): AsyncGenerator<readonly T[]> {
  const begun = sequences.map((sequence) => begin(sequence))
  const sources = (await Promise.all(begun)).filter((source) => source !== null)
  // Sorted is a heap: the source with the least item is the first, and none is before its parent.
  const heap = sources.sort((a, b) => compare(itemOf(a), itemOf(b)))
  let merged: T[] = []
  while (heap.length > 0) {
    const least = heap[0]!
    merged.push(least.lot[least.at++]!)
    if (least.at === least.lot.length && !(await fill(least))) {
      const last = heap.pop()!
      if (heap.length > 0) heap[0] = last
    }
    sinkFirst(heap, compare)
    if (merged.length < LOT_MAX) continue
    yield merged
    merged = []
  }
  if (merged.length > 0) yield merged
}

/** Moves the first source down to where it belongs. */
function sinkFirst<T>(heap: Source<T>[], compare: Compare<T>): void {
  const isBefore = (a: number, b: number) => compare(itemOf(heap[a]!), itemOf(heap[b]!)) < 0
  for (let at = 0; ; ) {
    const left = 2 * at + 1
    if (left >= heap.length) return
    const child = left + 1 < heap.length && isBefore(left + 1, left) ? left + 1 : left
    if (!isBefore(child, at)) return
    ;[heap[at], heap[child]] = [heap[child]!, heap[at]!]
    at = child
  }
}

function itemOf<T>({ lot, at }: Source<T>): T {
  return lot[at]!
}

/** Null where there are no items. */
async function begin<T>(sequence: AsyncIterable<readonly T[]>): Promise<Source<T> | null> {
  const source: Source<T> = { rest: sequence[Symbol.asyncIterator](), lot: [], at: 0 }
  return (await fill(source)) ? source : null
}

/** Whether there is anything left. */
async function fill<T>(source: Source<T>): Promise<boolean> {
  source.at = 0
  do {
    const { value, done } = await source.rest.next()
    if (done) return false
    source.lot = value
  } while (source.lot.length === 0)
  return true
}
