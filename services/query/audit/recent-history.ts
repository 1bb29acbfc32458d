// What the ledger was over the last half hour, so that operators who open a page see where it comes from. In memory, of
// this process: it begins anew with it.
import type { Clock } from '../../../lib/clock.ts'
import { instantText } from '../../../lib/time-text.ts'
import { MINUTE_MS, SECOND_MS } from '../../../model/bucket.ts'
import type { QueryDeps } from '../deps.ts'
import { ledgerOf } from './audit.ts'

export const HISTORY = { intervalMs: 10 * SECOND_MS, keptMs: 30 * MINUTE_MS } as const

export type HistoryPoint = {
  readonly time: string
  /** Of all sources, since each began: what the log holds, and what of it is counted. */
  readonly events: number
  readonly counted: number
  /** Since when not everything acknowledged is counted; null if that is not known. */
  readonly behindSeconds: number | null
}

type Deps = Pick<QueryDeps, 'checkpoints' | 'progress'> & { readonly clock: Clock }

/** With the present one, as many as the time holds. */
const POINTS_MAX = HISTORY.keptMs / HISTORY.intervalMs + 1

export class RecentHistory {
  readonly #deps: Deps
  readonly #points: HistoryPoint[] = []

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Oldest first. A moment at which the store did not answer is left out. */
  get points(): readonly HistoryPoint[] {
    return this.#points
  }

  async follow(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      await this.look().catch(() => {})
      await this.#deps.clock.sleep(HISTORY.intervalMs, stopping)
    }
  }

  async look(): Promise<void> {
    const { checkpoints, progress, clock } = this.#deps
    const entries = ledgerOf(await checkpoints())
    const nowMs = clock.nowMs()
    const { asOfMs } = progress()
    this.#points.push({
      time: instantText(nowMs),
      events: entries.reduce((sum, { events }) => sum + events, 0),
      counted: entries.reduce((sum, { counted }) => sum + counted, 0),
      behindSeconds: asOfMs > 0 ? Math.max(0, nowMs - asOfMs) / SECOND_MS : null,
    })
    if (this.#points.length > POINTS_MAX) this.#points.shift()
  }
}
