// Refuses requests early while the process cannot keep up, so that those that are taken are answered before their
// senders give up. Without this an overload keeps itself alive: every request waits longer than its sender does, and
// is stored, and sent again. Pure: knows no clock and no server.
//
// What makes a request wait here is the event loop: it is read in one turn, stored in the next, answered in the one
// after that. So the delay is the length of a turn, and CoDel's rule holds (RFC 8289): one long turn is a pause, such
// as garbage collection or a snapshot; only where even the shortest of several turns is too long there is a queue that
// does not go away. Then each turn may take so many requests as keep it short: fewer after a long one, more after a
// short one. Where other threads read bodies, the longest wait there counts as the length of a turn.

export type ShedLimits = {
  /** A turn of this length is too long. A request takes three or four turns, and its sender waits for 10 s. */
  readonly turnMsMax: number
  /** So many turns in a row must be too long. */
  readonly longTurns: number
  /** So many turns in a row must be short and refuse nobody, until nothing is refused any more. */
  readonly calmTurns: number
  /** Requests that each turn takes, whatever happens: a sender who waits for each answer is never refused. */
  readonly perTurnMin: number
}

export const SHED_LIMITS: ShedLimits = { turnMsMax: 1_000, longTurns: 3, calmTurns: 20, perTurnMin: 4 }

/** A turn is short below this part of the longest; between the two nothing changes. */
const SHORT_PART = 0.5
/** How much more each turn takes after a short one that took all it could. */
const GROWTH = 1.5

export interface Shedding {
  /** Whether a request that has just come is taken. */
  admits(): boolean
  /** Whether requests are refused at the moment, so that work for a sender who is gone is not worth doing. */
  readonly isShedding: boolean
}

export const NO_SHEDDING: Shedding = { admits: () => true, isShedding: false }

export class LoadShedding implements Shedding {
  readonly #limits: ShedLimits
  #longInARow = 0
  #calmInARow = 0
  /** Null while nothing is refused. */
  #perTurnMax: number | null = null
  #admitted = 0
  #refused = 0

  constructor(limits: ShedLimits = SHED_LIMITS) {
    this.#limits = limits
  }

  get isShedding(): boolean {
    return this.#perTurnMax !== null
  }

  admits(): boolean {
    if (this.#perTurnMax !== null && this.#admitted >= this.#perTurnMax) {
      this.#refused += 1
      return false
    }
    this.#admitted += 1
    return true
  }

  /** At the end of each turn, with its length. */
  turned(turnMs: number): void {
    const { turnMsMax, longTurns, calmTurns } = this.#limits
    const isLong = turnMs >= turnMsMax
    const isCalm = turnMs < turnMsMax * SHORT_PART && this.#refused === 0
    this.#longInARow = isLong ? this.#longInARow + 1 : 0
    this.#calmInARow = isCalm ? this.#calmInARow + 1 : 0
    if (this.#perTurnMax !== null) this.#adapt(this.#perTurnMax, turnMs)
    else if (this.#longInARow >= longTurns) this.#perTurnMax = this.#afterLong(turnMs)
    if (this.#calmInARow >= calmTurns) this.#perTurnMax = null
    this.#admitted = 0
    this.#refused = 0
  }

  #adapt(perTurnMax: number, turnMs: number): void {
    if (turnMs >= this.#limits.turnMsMax) this.#perTurnMax = this.#afterLong(turnMs)
    else if (turnMs < this.#limits.turnMsMax * SHORT_PART && this.#admitted >= perTurnMax) {
      this.#perTurnMax = Math.ceil(perTurnMax * GROWTH)
    }
  }

  /** As many as would have made it short enough. */
  #afterLong(turnMs: number): number {
    const { turnMsMax, perTurnMin } = this.#limits
    return Math.max(perTurnMin, Math.floor((this.#admitted * turnMsMax * SHORT_PART) / turnMs))
  }
}
