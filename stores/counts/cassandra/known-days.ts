// Remembers which days and hours of which series are already indexed in the store. Bounded: what it forgets is
// written again.

export class KnownDays {
  readonly #keysMax: number
  #newer = new Set<string>()
  #older = new Set<string>()

  /** Remembers the last `keysMax` keys, and up to as many before them. */
  constructor(keysMax: number) {
    this.#keysMax = keysMax
  }

  has(key: string): boolean {
    if (this.#newer.has(key)) return true
    if (!this.#older.has(key)) return false
    this.add(key)
    return true
  }

  add(key: string): void {
    if (this.#newer.size >= this.#keysMax) {
      this.#older = this.#newer
      this.#newer = new Set()
    }
    this.#newer.add(key)
  }
}
