// Shares the event loop among many tasks: together they may do a limited amount of work between two turns of the
// loop; the rest waits in the order in which it came. Turns bounds each task, this bounds all of them together.
import { setImmediate } from 'node:timers'

type Waiting = { readonly cost: number; readonly go: () => void }

export class TurnBudget {
  readonly #costMax: number
  #left: number
  #waiting: Waiting[] = []
  #isDue = false

  /** The callers define the unit of cost. */
  constructor(costMax: number) {
    this.#costMax = costMax
    this.#left = costMax
  }

  /**
   * Resolves when work of this cost may be done: at once while this turn's budget lasts. The last one may overdraw
   * it.
   */
  async take(cost: number): Promise<void> {
    this.#endTurnSoon()
    if (this.#left > 0 && this.#waiting.length === 0) {
      this.#left -= cost
      return
    }
    await new Promise<void>((go) => this.#waiting.push({ cost, go }))
  }

  #endTurnSoon(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => this.#beginTurn())
  }

  #beginTurn(): void {
    this.#isDue = false
    this.#left = this.#costMax
    let gone = 0
    for (const { cost, go } of this.#waiting) {
      if (this.#left <= 0) break
      this.#left -= cost
      gone++
      go()
    }
    this.#waiting = this.#waiting.slice(gone)
    if (this.#waiting.length > 0) this.#endTurnSoon()
  }
}
