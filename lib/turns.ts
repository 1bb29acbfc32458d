// Long work in steps, so that the event loop serves others in between.
import { setImmediate } from 'node:timers/promises'

export class Turns {
  readonly #costMax: number
  #cost = 0

  /** How much steps may cost between two turns of the event loop; the callers define the unit of cost. */
  constructor(costMax: number) {
    this.#costMax = costMax
  }

  /** Await this after every step: it gives the event loop a turn when one is due. */
  async after(cost: number): Promise<void> {
    if (this.isDueAfter(cost)) await this.next()
  }

  /** For steps so short that a promise for each would cost more than they do: await `next` where one is due. */
  isDueAfter(cost: number): boolean {
    this.#cost += cost
    return this.#cost >= this.#costMax
  }

  /** Gives the event loop a turn. */
  async next(): Promise<void> {
    this.#cost = 0
    await setImmediate()
  }

  /** Joins many pieces into one text; a piece costs its length. */
  async joined(pieces: Iterable<string>): Promise<string> {
    const taken: string[] = []
    for (const piece of pieces) {
      taken.push(piece)
      if (this.isDueAfter(piece.length)) await this.next()
    }
    return taken.join('')
  }
}
