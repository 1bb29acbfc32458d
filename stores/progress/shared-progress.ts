// How far the counts have come, found out once for all processes that answer, instead of by each: one of them looks at
// the log and the checkpoints, and tells the others. Who is not told in time looks for itself, so without the others
// it costs more requests, and the answer is as right.

import { lookAt, Progress, type ProgressDeps, upTo } from '../log/progress.ts'
import type { Found, ProgressTurns, Turn } from './progress-turns.ts'

type SharedProgressDeps = ProgressDeps & { readonly turns: ProgressTurns }

/** What was found for an older mark is too old: a few intervals of `follow`. */
const FRESH_MS = 1_000
const NOT_TOLD: Turn = { found: null, marks: null }

export class SharedProgress extends Progress {
  readonly #deps: SharedProgressDeps

  constructor(deps: SharedProgressDeps) {
    super(deps)
    this.#deps = deps
  }

  /** Fails as the log or the store does. */
  override async look(): Promise<void> {
    const { turns, clock } = this.#deps
    const nowMs = clock.nowMs()
    this.begin(nowMs)
    const { found: told, marks } = await turns.take(nowMs).catch(() => NOT_TOLD)
    const found = told !== null && told.markMs <= nowMs ? told : null // else it is of before the clock was set back
    if (found !== null) this.learn(found)
    if (marks !== null) await this.#lookForAll(marks)
    else if (found === null || Math.abs(nowMs - found.markMs) > FRESH_MS) await super.look()
  }

  /** The marks were made before the look: whatever it finds stored includes all that the log took before them. */
  async #lookForAll(marks: ReadonlyMap<string, number>): Promise<void> {
    const askedMs = this.#deps.clock.nowMs()
    const reached = await lookAt(this.#deps)
    this.learn(upTo(askedMs - 1, reached))
    const found = new Map<string, Found>()
    for (const [name, markMs] of marks) found.set(name, { markMs, ...upTo(markMs - 1, reached) })
    await this.#deps.turns.tell(found).catch(() => {}) // they will look for themselves
  }
}
