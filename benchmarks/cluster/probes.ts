// Measures how long after its 202 an event is visible. A few separate videos get an event now and then, and their
// counts are polled all the time. Events of a video become visible in order except when its minute, and so its
// partition, changes; so the n-th acknowledgement is compared with the first answer of n or more.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../sdk/src/index.ts'

/** Makes an answer at most this much too old, which errs on the safe side. */
const POLL_MS = 50

export class Probe {
  readonly videoId: string
  /** From an acknowledgement to the first answer that showed it. */
  readonly visibleMs: number[] = []
  readonly #acknowledgedMs: number[] = []

  constructor(videoId: string) {
    this.videoId = videoId
  }

  get hasUnseen(): boolean {
    return this.visibleMs.length < this.#acknowledgedMs.length
  }

  acknowledged(): void {
    this.#acknowledgedMs.push(performance.now())
  }

  /** Polls until the signal is aborted. */
  async watch(client: Client, startMs: number, endMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { value } = await client.getStats(this.videoId, 'view', 'count', startMs, endMs)
      const nowMs = performance.now()
      for (let i = this.visibleMs.length; i < Math.min(value ?? 0, this.#acknowledgedMs.length); i++) {
        this.visibleMs.push(nowMs - this.#acknowledgedMs[i]!)
      }
      await sleep(POLL_MS)
    }
  }
}
