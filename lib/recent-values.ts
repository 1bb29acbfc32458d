// A least-recently-used cache, bounded by weight, within the process. It knows no time.

type Entry<T> = { readonly value: T; readonly weight: number }

export class RecentValues<T> {
  readonly #weightMax: number
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry<T>>()
  #weight = 0

  constructor(weightMax: number) {
    this.#weightMax = weightMax
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
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#weightMax) return
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0
    this.#entries.delete(key)
  }
}
