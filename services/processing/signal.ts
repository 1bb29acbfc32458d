// Lets a loop wait for something to happen elsewhere in the same driver.

export class Signal {
  #next = Promise.withResolvers<void>()

  /** Resolves with the next `fire`. */
  next(): Promise<void> {
    return this.#next.promise
  }

  fire(): void {
    this.#next.resolve()
    this.#next = Promise.withResolvers<void>()
  }
}
