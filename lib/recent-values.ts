// A least-recently-used cache, bounded by weight, within the process. It knows no time.

type Entry<T> = { readonly value: T; readonly weight: number }

export class RecentValues<T> {
  readonly #weightMax: number
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry<T>>()
  /**
   * Stands at the oldest entry: all that it passed are dropped. A new iterator for each would walk past the places of
   * the dropped ones again and again, and a cache of 100,000 entries would take 60 µs for each that it forgets.
   */
  #oldest = this.#entries.keys()
  #weight = 0

  constructor(weightMax: number) {
    this.#weightMax = weightMax
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** Drops the least recently used values until all weigh at most `weightMax`; this may drop the new value itself. */
  set(key: string, value: T, weight: number): void {
    this.#drop(key)
    this.#entries.set(key, { value, weight })
    this.#weight += weight
    while (this.#weight > this.#weightMax) this.#drop(this.#oldestKey())
  }

  delete(key: string): void {
    this.#drop(key)
  }

  #oldestKey(): string {
    let next = this.#oldest.next()
    if (next.done) {
      this.#oldest = this.#entries.keys() // an iterator that came to its end stays there
      next = this.#oldest.next()
    }
    return next.value!
  }

  #drop(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0
    this.#entries.delete(key)
  }
}
