// Request coalescing: equal questions at the same time share one answer. Knows nothing of the questions.

export class Coalesced {
  readonly #flights = new Map<string, Promise<unknown>>()

  /** The answer of `ask`, or of a running call with the same key. */
  ask<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const flying = this.#flights.get(key)
    if (flying !== undefined) return flying as Promise<T>
    const flight = ask().finally(() => this.#flights.delete(key))
    this.#flights.set(key, flight)
    return flight
  }
}
