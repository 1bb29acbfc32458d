// How far the archive has come, over the sources of all processes.
import type { Clock } from '../../lib/clock.ts'
import type { Archive } from '../../stores/archive/archive.ts'
import type { Lane, Log } from '../../stores/log/log.ts'
import { Progress } from '../../stores/log/progress.ts'

export type HowFarArchived = {
  /** Everything that the log had taken by then is archived, or missing for good; epoch ms. */
  readonly asOfMs: number
  /** Events of log times before this may be missing, because the log no longer held them: epoch ms; 0 if none are. */
  readonly missingBeforeMs: number
}

export type ArchivedPorts = {
  readonly archive: Pick<Archive, 'checkpoints'>
  readonly log: Pick<Log, 'ends' | 'bounds'>
  readonly clock: Clock
}

export class Archived {
  readonly #progress: Progress
  #missingBeforeMs = 0

  constructor({ archive, log, clock }: ArchivedPorts, lanes: readonly Lane[], onError = (_: unknown) => {}) {
    const checkpoints = async () => {
      const stored = Array.from(await archive.checkpoints())
      this.#missingBeforeMs = Math.max(0, ...stored.map(([, { missingBeforeMs }]) => missingBeforeMs))
      return new Map(
        stored.map(([id, { nextOffset, logTimeMs }]) => [id, { offset: nextOffset - 1, logTimeMs }]),
      )
    }
    this.#progress = new Progress({ log, lanes, checkpoints, clock, onError })
  }

  /** What is stored after the call may be more. Fails as the log or the archive does. */
  async look(): Promise<HowFarArchived> {
    await this.#progress.look()
    return { asOfMs: this.#progress.asOfMs, missingBeforeMs: this.#missingBeforeMs }
  }

  /** Looks again every `intervalMs` until aborted: so that it is known how far it was before the newest events. */
  follow(intervalMs: number, signal: AbortSignal): Promise<void> {
    return this.#progress.follow(intervalMs, signal)
  }
}
