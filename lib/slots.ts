// Bounded concurrency: runs a limited number of tasks at once; the others wait in the order in which they came. One
// slot is a queue: its tasks run one after the other, also after one that failed.

export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  async use<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next() // hand the slot over without freeing it in between
    }
  }
}
