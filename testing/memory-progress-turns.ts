// Turns in memory: the reference form. It can be away, and forget everything.
import type { Clock } from '../lib/clock.ts'
import { type Found, MARK_KEPT_MS, type ProgressTurns, type Turn } from '../stores/progress/progress-turns.ts'

export class MemoryTurns {
  readonly marks = new Map<string, number>()
  readonly found = new Map<string, Found>()
  isAway = false
  readonly #clock: Clock
  readonly #turnMs: number
  #nextTurnMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, turnMs: number) {
    this.#clock = clock
    this.#turnMs = turnMs
  }

  of(process: string): ProgressTurns {
    return {
      take: async (markMs): Promise<Turn> => {
        this.#refuseIfAway()
        this.marks.set(process, markMs)
        const isTurn = this.#clock.nowMs() >= this.#nextTurnMs
        if (isTurn) this.#nextTurnMs = this.#clock.nowMs() + this.#turnMs
        for (const [name, atMs] of this.marks)
          if (Math.abs(markMs - atMs) > MARK_KEPT_MS) this.marks.delete(name)
        return { found: this.found.get(process) ?? null, marks: isTurn ? new Map(this.marks) : null }
      },
      tell: async (found) => {
        this.#refuseIfAway()
        for (const [name, one] of found) this.found.set(name, one)
      },
    }
  }

  /** As a restart without a disk would. */
  forget(): void {
    this.marks.clear()
    this.found.clear()
    this.#nextTurnMs = Number.NEGATIVE_INFINITY
  }

  #refuseIfAway(): void {
    if (this.isAway) throw new Error('away')
  }
}
