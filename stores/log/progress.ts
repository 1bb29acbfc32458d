// Computes how far the counts, or the archive, have come, in a process that only reads: compares the ends of the log
// with the checkpoints.

import type { Clock } from '../../lib/clock.ts'
import { UNKNOWN_AS_OF_MS } from '../../model/as-of.ts'
import type { Checkpoint } from '../counts/counts.ts'
import { ALL_HANDED_OVER, type StoredOfHandedOver } from './handed-over.ts'
import { COUNTED_LANES, type Lane, type Log, type Source } from './log.ts'

/** How far something has come, epoch ms. */
export type Reached = {
  /** Everything that was acknowledged by then is stored, as far as those tell who can be heard. */
  readonly asOfMs: number
  /** Nothing acknowledged by then waits anywhere, not even with those who cannot be heard. */
  readonly sureToMs: number
}

type LookDeps = {
  readonly log: Pick<Log, 'ends' | 'bounds'>
  /** Default: all lanes that the stream counts. */
  readonly lanes?: readonly Lane[]
  readonly checkpoints: () => Promise<ReadonlyMap<string, Pick<Checkpoint, 'offset' | 'logTimeMs'>>>
  /** What partitioners have handed over to the log; left out: nothing waits with them, or it does not matter. */
  readonly handedOver?: () => Promise<StoredOfHandedOver>
}

export type ProgressDeps = LookDeps & {
  readonly clock: Clock
  /** Called when the log or the store could not be read; the progress known so far stays. */
  readonly onError: (error: unknown) => void
}

export class Progress {
  readonly #deps: ProgressDeps
  #asOfMs = UNKNOWN_AS_OF_MS
  #sureToMs = UNKNOWN_AS_OF_MS

  constructor(deps: ProgressDeps) {
    this.#deps = deps
  }

  /** See Reached, like `sureToMs`. The least over the sources and partitioners. */
  get asOfMs(): number {
    return this.#asOfMs
  }

  get sureToMs(): number {
    return this.#sureToMs
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
    this.begin(askedMs)
    this.learn(upTo(askedMs - 1, await lookAt(this.#deps)))
  }

  /** To be called before each look: what is acknowledged from now on has this time of the clock, or a later one. */
  protected begin(nowMs: number): void {
    if (this.#asOfMs < nowMs) return
    this.#asOfMs = nowMs - 1 // the clock was set back
    this.#sureToMs = Math.min(this.#sureToMs, this.#asOfMs)
  }

  /** It was found out elsewhere: it never steps back, but with the clock. */
  learn({ asOfMs, sureToMs }: Reached): void {
    this.#asOfMs = Math.max(this.#asOfMs, asOfMs)
    this.#sureToMs = Math.max(this.#sureToMs, sureToMs)
  }
}

export function upTo(ms: number, { asOfMs, sureToMs }: Reached): Reached {
  return { asOfMs: Math.min(ms, asOfMs), sureToMs: Math.min(ms, sureToMs) }
}

/**
 * The time up to which everything that was acknowledged is stored: of the sources that are behind the least log time of
 * what is stored, Infinity where none is, and no more than was handed over by then. That is asked first and the
 * checkpoints last: what was handed over is before the ends, and a checkpoint that reaches an end includes everything
 * before it. Fails as the log or the store does.
 */
export async function lookAt(deps: LookDeps): Promise<Reached> {
  const handedOver = (await deps.handedOver?.()) ?? (() => ALL_HANDED_OVER)
  const storedMs = await storedUpToMs(deps)
  const { upToMs, sureToMs } = handedOver(storedMs)
  return { asOfMs: Math.min(storedMs, upToMs), sureToMs: Math.min(storedMs, sureToMs) }
}

async function storedUpToMs({ log, lanes = COUNTED_LANES, checkpoints }: LookDeps): Promise<number> {
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
