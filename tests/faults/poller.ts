// A client that polls a number ten times a second, without retries.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, createClient } from '../../sdk/src/node/index.ts'
import type { AsOfPromise } from './as-of-promise.ts'
import type { Sighting } from './moments.ts'

const INTERVAL_MS = 100
const ANSWER_TIMEOUT_MS = 5_000
export const WATCHED = { videoId: 'video.1', type: 'view' }

export class Poller {
  /** Answers in order of arrival, on the monotonic clock. */
  readonly answers: Sighting[] = []
  readonly #client: Client
  readonly #promise: Pick<AsOfPromise, 'answered'>

  constructor(url: string, fetch: typeof globalThis.fetch, promise: Pick<AsOfPromise, 'answered'>) {
    this.#promise = promise
    this.#client = createClient({ url, fetch, timeoutMs: ANSWER_TIMEOUT_MS, retry: { attemptsMax: 1 } })
  }

  /** Runs until aborted. Sends without waiting for earlier answers. */
  async run(ending: AbortSignal): Promise<void> {
    const asked = new Set<Promise<void>>()
    while (!ending.aborted) {
      const asking: Promise<void> = this.#ask().finally(() => asked.delete(asking))
      asked.add(asking)
      await sleep(INTERVAL_MS)
    }
    await Promise.all(asked)
  }

  async #ask(): Promise<void> {
    try {
      const { value, meta } = await this.#client.getStats(WATCHED.videoId, WATCHED.type, 'count')
      if (meta.asOf === null) return
      const asOfMs = Date.parse(meta.asOf)
      this.answers.push({ atMs: performance.now(), lagMs: Date.now() - asOfMs })
      if (!meta.stale) this.#promise.answered(value ?? 0, asOfMs)
    } catch {
      // no answer: the gap shows it
    }
  }
}
