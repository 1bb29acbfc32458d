// How far the archive has come, over the sources of all processes.
import type { Clock } from '../../../lib/clock.ts'
import type { Archive } from '../../../stores/archive/archive.ts'
import type { Lane, Log } from '../../../stores/log/log.ts'
import { Progress, type ProgressDeps, type Reached } from '../../../stores/log/progress.ts'

/** Of what is archived, or missing for good. */
export type HowFarArchived = Reached & {
  /** Events of log times before this may be missing, because the log no longer held them: epoch ms; 0 if none are. */
  readonly missingBeforeMs: number
}

export type ArchivedPorts = {
  readonly archive: Pick<Archive, 'checkpoints'>
  readonly log: Pick<Log, 'ends' | 'bounds'>
  readonly clock: Clock
} & Pick<ProgressDeps, 'handedOver'>

export class Archived {
  readonly #progress: Progress
  #missingBeforeMs = 0

  constructor({ archive, ...ports }: ArchivedPorts, lanes: readonly Lane[], onError = (_: unknown) => {}) {
    const checkpoints = async () => {
      const stored = Array.from(await archive.checkpoints())
      this.#missingBeforeMs = Math.max(0, ...stored.map(([, { missingBeforeMs }]) => missingBeforeMs))
      return new Map(
        stored.map(([id, { nextOffset, logTimeMs }]) => [id, { offset: nextOffset - 1, logTimeMs }]),
      )
    }
    this.#progress = new Progress({ ...ports, lanes, checkpoints, onError })
  }

  /** What is stored after the call may be more. Fails as the log or the archive does. */
  async look(): Promise<HowFarArchived> {
    await this.#progress.look()
    const { asOfMs, sureToMs } = this.#progress
    return { asOfMs, sureToMs, missingBeforeMs: this.#missingBeforeMs }
  }

  /** Looks again every `intervalMs` until aborted: so that it is known how far it was before the newest events. */
  follow(intervalMs: number, signal: AbortSignal): Promise<void> {
    return this.#progress.follow(intervalMs, signal)
  }
}
