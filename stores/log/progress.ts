// Computes how far the counts, or the archive, have come, in a process that only reads: compares the ends of the log
// with the checkpoints.

import type { Clock } from '../../lib/clock.ts'
import { UNKNOWN_AS_OF_MS } from '../../model/as-of.ts'
import type { Checkpoint } from '../counts/counts.ts'
import { COUNTED_LANES, type Lane, type Log, type Source } from './log.ts'

type LookDeps = {
  readonly log: Pick<Log, 'ends' | 'bounds'>
  /** Default: all lanes that the stream counts. */
  readonly lanes?: readonly Lane[]
  readonly checkpoints: () => Promise<ReadonlyMap<string, Pick<Checkpoint, 'offset' | 'logTimeMs'>>>
}

export type ProgressDeps = LookDeps & {
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

  async look(): Promise<void> {
    const askedMs = this.#deps.clock.nowMs()
    this.learn(Math.min(askedMs - 1, await storedUpToMs(this.#deps)))
  }

  /** It was found out elsewhere: it never steps back. */
  learn(asOfMs: number): void {
    this.#asOfMs = Math.max(this.#asOfMs, asOfMs)
  }
}

/**
 * The log time up to which everything that the log took before the call is stored, epoch ms: the least over the
 * sources that are behind; Infinity where none is. The ends are read before the checkpoints: a checkpoint that
 * reaches an end includes everything from before the call. Fails as the log or the store does.
 */
export async function storedUpToMs({ log, lanes = COUNTED_LANES, checkpoints }: LookDeps): Promise<number> {
  const ends = (await Promise.all(lanes.map((lane) => log.ends(lane)))).flat()
  if (ends.length === 0) return UNKNOWN_AS_OF_MS
  const stored = await checkpoints()
  const upTo = ends.map(async ({ source, endOffset }) => {
    const checkpoint = stored.get(source.id)
    if (checkpoint !== undefined && checkpoint.offset + 1 >= endOffset) return Number.POSITIVE_INFINITY
    if (checkpoint !== undefined) return checkpoint.logTimeMs - 1
    return (await holdsNothing(log, source, endOffset)) ? Number.POSITIVE_INFINITY : UNKNOWN_AS_OF_MS
  })
  return Math.min(...(await Promise.all(upTo)))
}

/** Also where retention has removed everything before the end. */
async function holdsNothing(log: LookDeps['log'], source: Source, endOffset: number): Promise<boolean> {
  return endOffset === 0 || (await log.bounds(source)).startOffset >= endOffset
}
