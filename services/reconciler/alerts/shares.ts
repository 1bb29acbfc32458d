// How many things each name has at once, of which there may be only so many.

export class Shares {
  readonly #most: number
  readonly #taken = new Map<string, number>()

  constructor(most: number) {
    this.#most = most
  }

  hasRoom(name: string): boolean {
    return (this.#taken.get(name) ?? 0) < this.#most
  }

  /** Call what is returned, once, when it is over. */
  take(name: string): () => void {
    this.#taken.set(name, (this.#taken.get(name) ?? 0) + 1)
    return () => {
      const left = this.#taken.get(name)! - 1
      if (left === 0) this.#taken.delete(name)
      else this.#taken.set(name, left)
    }
  }
}
