// The watermark of this partitioner: told again and again, so that no answer claims to hold what still waits on the
// disk here. It stands still while the log is away, and a stop that leaves nothing behind tells that, too. It goes back
// only with the clock.
import type { Clock } from '../../lib/clock.ts'
import { repeatUntilAborted } from '../../lib/repeat.ts'
import type { RetryPolicy } from '../../lib/retry.ts'
import type { SpoolState } from '../../stores/log/spool/spooled-log.ts'
import type { UnroutedEvents } from './unrouted-events.ts'

export type OwnWatermarkDeps = {
  readonly spool: () => Pick<SpoolState, 'oldestAtMs'>
  readonly unrouted: Pick<UnroutedEvents, 'waitingFromMs' | 'spooled'>
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Resolves when all can read it. */
  readonly tell: (upToMs: number, hasEnded: boolean) => Promise<void>
  /** A try failed, and follows again; `attempt` counts from 0. */
  readonly onRetry: (attempt: number, error: unknown) => void
}

const RETRY: RetryPolicy = { baseMs: 100, capMs: 2_000 }

export class OwnWatermark {
  readonly #deps: OwnWatermarkDeps
  #upToMs: number
  /** Something in the spool was acknowledged before it was spooled. */
  #isFrozen: boolean
  #spooled = 0

  /** `lastMs`: what was told last of this disk, epoch ms; null: nothing ever was. */
  constructor(deps: OwnWatermarkDeps, lastMs: number | null) {
    this.#deps = deps
    this.#upToMs = lastMs ?? Number.NEGATIVE_INFINITY
    this.#isFrozen = lastMs !== null
  }

  /** Every event that was acknowledged before this time, and happened before it, is in the log: epoch ms. */
  look(): number {
    const { spool, unrouted, clock } = this.#deps
    const nowMs = clock.nowMs() // before the rest: what is acknowledged later is not spoken of
    const { oldestAtMs } = spool()
    this.#isFrozen = oldestAtMs !== null && (this.#isFrozen || unrouted.spooled > this.#spooled)
    this.#spooled = unrouted.spooled
    const waitingFromMs = Math.min(oldestAtMs ?? Number.POSITIVE_INFINITY, unrouted.waitingFromMs())
    const reachedMs = this.#isFrozen ? Number.NEGATIVE_INFINITY : Math.min(nowMs, waitingFromMs)
    // A clock that was set back gives times to what it acknowledges that were told as handed over before.
    const wasSetBack = nowMs < this.#upToMs
    this.#upToMs = wasSetBack ? Math.min(nowMs, waitingFromMs) : Math.max(this.#upToMs, reachedMs)
    return this.#upToMs
  }

  /** Fails as the log does. To be called before the first event is taken: from then on all know of this disk. */
  tell(): Promise<void> {
    return this.#deps.tell(this.look(), false)
  }

  /** Tells it every `intervalMs` until aborted. */
  follow(intervalMs: number, signal: AbortSignal): Promise<void> {
    const work = () => this.tell()
    return repeatUntilAborted({ ...this.#deps, work, intervalMs, retry: RETRY }, signal)
  }

  /** To be called when no more events are taken. Fails as the log does: then the last one that was told stays. */
  end(): Promise<void> {
    const { spool, unrouted, tell } = this.#deps
    const isEmpty = spool().oldestAtMs === null && unrouted.waitingFromMs() === Number.POSITIVE_INFINITY
    return tell(this.look(), isEmpty)
  }
}
