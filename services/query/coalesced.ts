// Lets those who ask the same thing at the same time share one answer. It knows nothing of what is asked.

export class Coalesced {
  readonly #flights = new Map<string, Promise<unknown>>()

  /** What `ask` answers, or is about to answer to somebody who gave the same key. */
  ask<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const flying = this.#flights.get(key)
    if (flying !== undefined) return flying as Promise<T>
    const flight = ask().finally(() => this.#flights.delete(key))
    this.#flights.set(key, flight)
    return flight
  }
}
