// Long work in steps, so that everybody else has a turn in between.
import { setImmediate } from 'node:timers/promises'

export class Turns {
  readonly #costMax: number
  #cost = 0

  /** Between two turns of others steps may cost so much; what a unit of cost is, is up to those who count it. */
  constructor(costMax: number) {
    this.#costMax = costMax
  }

  /** To be awaited after every step: resolves when others had their turn, if one was due. */
  async after(cost: number): Promise<void> {
    this.#cost += cost
    if (this.#cost < this.#costMax) return
    this.#cost = 0
    await setImmediate()
  }

  /** One text of many pieces; a piece costs its length. */
  async joined(pieces: Iterable<string>): Promise<string> {
    const taken: string[] = []
    for (const piece of pieces) {
      taken.push(piece)
      this.#cost += piece.length
      if (this.#cost >= this.#costMax) await this.after(0)
    }
    return taken.join('')
  }
}
