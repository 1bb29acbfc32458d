// What every answer promises, whatever is broken at the moment: the events that were acknowledged before its `asOf` are
// in it. Checked for one series, while everything runs. Pure.
import type { TallyEvent } from '../../sdk/src/index.ts'

type Watched = { readonly videoId: string; readonly type: string }

export class AsOfPromise {
  readonly #watched: Watched
  readonly #ids = new Set<string>()
  /** When each id was first known to be acknowledged, epoch ms, in order. */
  readonly #acknowledgedMs: number[] = []
  /** Answers that lacked something, one line each. */
  readonly broken: string[] = []
  checked = 0

  constructor(watched: Watched) {
    this.#watched = watched
  }

  acknowledged(events: readonly TallyEvent[], nowMs: number): void {
    for (const { id, videoId, type } of events) {
      if (videoId !== this.#watched.videoId || type !== this.#watched.type || this.#ids.has(id!)) continue
      this.#ids.add(id!)
      this.#acknowledgedMs.push(nowMs)
    }
  }

  /** To be called when the answer comes: by then, everything that was acknowledged before `asOfMs` is known here. */
  answered(count: number, asOfMs: number): void {
    this.checked++
    const wanted = this.#acknowledgedMs.findLastIndex((atMs) => atMs < asOfMs) + 1
    if (count >= wanted) return
    const { videoId, type } = this.#watched
    this.broken.push(
      `${videoId} ${type} as of ${new Date(asOfMs).toISOString()}: ${count}, ` +
        `but ${wanted} were acknowledged before`,
    )
  }
}
