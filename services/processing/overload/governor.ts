// Lets the overload lane come and go by itself: looks how far the counts are behind, and proposes layouts. Any number
// may do so at once; it is one process's work only because it costs.

import type { Clock } from '../../../lib/clock.ts'
import type { Layout } from '../../../model/layout.ts'
import { look, type OverloadRule, type Watch, wantsOverflow } from './rule.ts'

export type GovernorDeps = {
  /** How far the counts of events that do not take the overload lane are behind the log; null where nobody knows. */
  readonly lagMs: () => Promise<number | null>
  readonly layouts: {
    current(): readonly Layout[]
    proposeOverflow(overflow: boolean): Promise<readonly Layout[]>
  }
  readonly clock: Clock
  readonly onProposed: (layout: Layout) => void
  /** It looks again. */
  readonly onError: (error: unknown) => void
}

const INTERVAL_MS = 5_000

export class Governor {
  readonly #deps: GovernorDeps
  readonly #rule: OverloadRule
  #leads = false
  #watch: Watch | null = null

  constructor(deps: GovernorDeps, rule: OverloadRule) {
    this.#deps = deps
    this.#rule = rule
  }

  /** Governs from now on, or no more. */
  lead(leads: boolean): void {
    if (leads !== this.#leads) this.#watch = null
    this.#leads = leads
  }

  async follow(signal: AbortSignal): Promise<void> {
    const { clock, onError } = this.#deps
    while (!signal.aborted) {
      if (this.#leads) await this.#govern().catch(onError)
      await clock.sleep(INTERVAL_MS, signal)
    }
  }

  async #govern(): Promise<void> {
    const { lagMs, layouts, clock, onProposed } = this.#deps
    const lag = await lagMs()
    if (lag === null) return
    const nowMs = clock.nowMs()
    this.#watch = look(this.#watch, lag, nowMs, this.#rule)
    const overflows = layouts.current().at(-1)?.overflow === true
    const wanted = wantsOverflow(this.#watch, overflows, nowMs, this.#rule)
    if (wanted === overflows) return
    const proposed = await layouts.proposeOverflow(wanted)
    onProposed(proposed.at(-1)!)
  }
}
