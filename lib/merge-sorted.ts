// Several sorted sequences as one.

type Source<T> = { readonly rest: AsyncIterator<readonly T[]>; lot: readonly T[]; at: number }

/** Items that are yielded together. */
const LOT_MAX = 1_000

/** Each sequence yields lists of items, sorted across all of its lists; so does the result. */
export async function* mergeSorted<T>(
  sequences: readonly AsyncIterable<readonly T[]>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<readonly T[]> {
  const begun = sequences.map((sequence) => begin(sequence))
  const sources = (await Promise.all(begun)).filter((source) => source !== null)
  let merged: T[] = []
  while (sources.length > 0) {
    const least = sources.reduce((a, b) => (compare(b.lot[b.at]!, a.lot[a.at]!) < 0 ? b : a))
    merged.push(least.lot[least.at++]!)
    if (least.at === least.lot.length && !(await fill(least))) sources.splice(sources.indexOf(least), 1)
    if (merged.length < LOT_MAX) continue
    yield merged
    merged = []
  }
  if (merged.length > 0) yield merged
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
