// When iterations are due at a rate that is constant or changes linearly from stage to stage. Pure.
import { MS_PER_SECOND } from '../../../../load-tests/lib/durations.ts'

export type RateStage = {
  /** Iterations per second at its beginning and at its end. */
  readonly from: number
  readonly to: number
  readonly durationMs: number
}

export class Arrivals {
  readonly durationMs: number
  readonly #stages: readonly RateStage[]

  constructor(stages: readonly RateStage[]) {
    this.#stages = stages
    this.durationMs = stages.reduce((sum, stage) => sum + stage.durationMs, 0)
  }

  /** How many iterations are due in total after this time. */
  dueBy(elapsedMs: number): number {
    let before = 0
    let due = 0
    for (const { from, to, durationMs } of this.#stages) {
      const ms = Math.min(durationMs, elapsedMs - before)
      if (ms <= 0) break
      const rateNow = from + ((to - from) * ms) / durationMs
      due += (((from + rateNow) / 2) * ms) / MS_PER_SECOND
      before += durationMs
    }
    return Math.floor(due + 1e-6) // tolerates floating-point errors
  }
}
