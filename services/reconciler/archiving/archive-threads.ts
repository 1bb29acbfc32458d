// The archive written by several threads at the same time, each a batch. A thread begins with its first batch, so that
// there are no more than are needed.
import { Slots } from '../../../lib/slots.ts'
import type { HourSketch } from '../../../model/viewer-sketches.ts'
import type { RecordArchive, RecordBatch } from '../../../stores/archive/archive.ts'
import type { ArchiveThread } from './archive-thread.ts'

export class ArchiveThreads implements RecordArchive {
  readonly #all: readonly ArchiveThread[]
  /** Those without a batch; the last to become so, which is warm, comes first. */
  readonly #idle: ArchiveThread[]
  readonly #turns: Slots

  constructor(threads: readonly ArchiveThread[]) {
    this.#all = threads
    this.#idle = threads.toReversed()
    this.#turns = new Slots(threads.length)
  }

  /** Waits while all threads have a batch. Rejects also if the thread died. */
  store(batch: RecordBatch): Promise<readonly HourSketch[]> {
    return this.#turns.use(async () => {
      const thread = this.#idle.pop()!
      try {
        return await thread.store(batch)
      } finally {
        this.#idle.push(thread)
      }
    })
  }

  /** To be called when all calls have ended. */
  async close(): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.close()))
  }
}
