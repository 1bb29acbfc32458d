// When to kill the server: at points of progress chosen by the seed, spread over the run.

/** Numbers of acknowledged events, rising, one in each of `kills` equal parts of the run. */
export function killPoints(kills: number, events: number, random: () => number): number[] {
  return Array.from({ length: kills }, (_, part) => Math.floor(((part + random()) / kills) * events))
}

/** One kill at a time: a point that is passed while the server is down waits until it is back. */
export class Killer {
  readonly downMs: number[] = []
  readonly #points: number[]
  readonly #kill: () => Promise<number>
  readonly #onFailure: (error: unknown) => void
  #pending: Promise<void> = Promise.resolve()

  constructor(points: readonly number[], kill: () => Promise<number>, onFailure: (error: unknown) => void) {
    this.#points = [...points]
    this.#kill = kill
    this.#onFailure = onFailure
  }

  /** To be called with the events acknowledged so far. */
  progress(events: number) {
    while (this.#points.length > 0 && events >= this.#points[0]!) {
      this.#points.shift()
      this.#pending = this.#pending.then(async () => {
        this.downMs.push(await this.#kill())
      })
      this.#pending.catch(this.#onFailure)
    }
  }

  /** Resolves when the server is back after the last kill. */
  settled(): Promise<void> {
    return this.#pending
  }
}
