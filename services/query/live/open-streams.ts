// The open streams of a process. At each beat both ends learn that the other is alive. A stream ends when its key or
// link does, or when keys are needed that were not: as soon as its process knows.
import type { Clock } from '../../../lib/clock.ts'
import { mayStillRead, type Reading } from '../../../lib/http/keys/caller.ts'
import { LOOK_INTERVAL_MS } from '../../../lib/http/keys/filed-keys.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import type { KnownKey } from '../../../lib/http/keys/known-key.ts'
import type { ShareLink } from '../../../lib/http/keys/share-links.ts'
import type { EventStream } from './event-stream.ts'

export const HEARTBEAT_MS = 15_000

export class OpenStreams {
  readonly #keys: Pick<Keys, 'areOn' | 'stateOf' | 'stillAllows'>
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #closing = new AbortController()
  /** Each with what it was opened by. */
  readonly #readings = new Map<EventStream, Reading>()
  /** By interval, what goes on. */
  readonly #running = new Set<number>()

  constructor(keys: Pick<Keys, 'areOn' | 'stateOf' | 'stillAllows'>, clock: Pick<Clock, 'sleep'>) {
    this.#keys = keys
    this.#clock = clock
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  add(stream: EventStream, reading: Reading): void {
    this.#readings.set(stream, reading)
    void this.#every(LOOK_INTERVAL_MS, () => this.#endRefused())
    void this.#every(HEARTBEAT_MS, () => this.#beat())
  }

  /** False if it was not there. */
  delete(stream: EventStream): boolean {
    return this.#readings.delete(stream)
  }

  /** Ends all. */
  close(): void {
    this.#closing.abort()
    for (const stream of this.#readings.keys()) stream.end()
  }

  /** While there are streams. */
  async #every(intervalMs: number, act: () => void): Promise<void> {
    if (this.#running.has(intervalMs)) return
    this.#running.add(intervalMs)
    while (this.#readings.size > 0 && !this.isClosed) {
      await this.#clock.sleep(intervalMs, this.#closing.signal)
      act()
    }
    this.#running.delete(intervalMs)
  }

  /** Asks once for each key: a page opens many streams by the same one. */
  #endRefused(): void {
    const judged = new Map<KnownKey | ShareLink | null, boolean>()
    for (const [stream, reading] of this.#readings) {
      const by = reading.link ?? reading.key
      const isGood = judged.get(by) ?? mayStillRead(reading, this.#keys)
      judged.set(by, isGood)
      if (!isGood) stream.end()
    }
  }

  #beat(): void {
    this.#endRefused()
    for (const stream of this.#readings.keys()) stream.beat()
  }
}
