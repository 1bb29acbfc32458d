// Computes how far the counts, or the archive, have come, in a process that only reads: compares the ends of the log
// with the checkpoints.

import type { Clock } from '../../lib/clock.ts'
import { UNKNOWN_AS_OF_MS } from '../../model/as-of.ts'
import type { Checkpoint } from '../counts/counts.ts'
import { COUNTED_LANES, type Lane, type Log, sourcesOf } from './log.ts'

export type ProgressDeps = {
  readonly log: Pick<Log, 'sources' | 'bounds'>
  /** Default: all lanes that the stream counts. */
  readonly lanes?: readonly Lane[]
  readonly checkpoints: () => Promise<ReadonlyMap<string, Pick<Checkpoint, 'offset' | 'logTimeMs'>>>
  readonly clock: Clock
  /** Called when the log or the store could not be read; the progress known so far stays. */
  readonly onError: (error: unknown) => void
}

export class Progress {
  readonly #deps: ProgressDeps
  #asOfMs = UNKNOWN_AS_OF_MS

  constructor(deps: ProgressDeps) {
    this.#deps = deps
  }

  /** The time up to which everything that the log has taken is stored, epoch ms: the least over its sources. */
  get asOfMs(): number {
    return this.#asOfMs
  }

  /** Looks again every `intervalMs` until aborted. */
  async follow(intervalMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch(this.#deps.onError)
      await this.#deps.clock.sleep(intervalMs, signal)
    }
  }

  /**
   * The ends are read before the checkpoints: a checkpoint that reaches an end includes everything from before the
   * call.
   */
  async look(): Promise<void> {
    const { log, lanes = COUNTED_LANES, checkpoints, clock } = this.#deps
    const askedMs = clock.nowMs()
    const sources = await sourcesOf(log, lanes)
    const ends = await Promise.all(sources.map((source) => log.bounds(source)))
    const stored = await checkpoints()
    const asOfs = sources.map(({ id }, i) => {
      const checkpoint = stored.get(id)
      const { startOffset, endOffset } = ends[i]!
      if ((checkpoint?.offset ?? startOffset - 1) + 1 >= endOffset) return askedMs - 1
      return checkpoint === undefined ? UNKNOWN_AS_OF_MS : checkpoint.logTimeMs - 1
    })
    if (asOfs.length > 0) this.#asOfMs = Math.max(this.#asOfMs, Math.min(...asOfs))
  }
}
