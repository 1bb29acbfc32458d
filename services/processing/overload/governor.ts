// Switches the overload lane on and off automatically: watches how far the counts are behind, and proposes layouts.
// Any number of processes may do so at once; one does it only to save work.

import type { Clock } from '../../../lib/clock.ts'
import type { Layout } from '../../../model/layout.ts'
import { look, type OverloadRule, type Watch, wantsOverflow } from './rule.ts'

export type GovernorDeps = {
  /** How far the counts of events outside the overload lane are behind the log; null if unknown. */
  readonly lagMs: () => Promise<number | null>
  readonly layouts: {
    current(): readonly Layout[]
    proposeOverflow(overflow: boolean): Promise<readonly Layout[]>
  }
  readonly clock: Clock
  readonly onProposed: (layout: Layout) => void
  /** How often it checks. */
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

  /** Starts or stops governing. */
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
