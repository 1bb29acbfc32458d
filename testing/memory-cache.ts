// The shared cache in memory: the reference form, for tests. It only forgets what has expired.

import type { Clock } from '../lib/clock.ts'
import type { Kept, SharedCache } from '../stores/cache/cache.ts'

type Entry = { readonly mark: string; readonly value: Uint8Array; readonly untilMs: number }

export class MemoryCache implements SharedCache {
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #marks = new Map<string, string>()
  readonly #entries = new Map<string, Entry>()
  #marked = 0

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock
  }

  async read(group: string, key: string): Promise<Kept> {
    const mark = this.#marks.get(group) ?? this.#newMark(group)
    const entry = this.#entries.get(JSON.stringify([group, key]))
    const counts = entry !== undefined && entry.mark === mark && entry.untilMs > this.#clock.nowMs()
    return { mark, value: counts ? entry.value : null }
  }

  async write(group: string, key: string, mark: string, value: Uint8Array, ttlMs: number): Promise<void> {
    const untilMs = this.#clock.nowMs() + ttlMs
    this.#entries.set(JSON.stringify([group, key]), { mark, value: Uint8Array.from(value), untilMs })
  }

  async invalidate(group: string): Promise<void> {
    this.#marks.delete(group)
  }

  /** Loses everything. */
  clear(): void {
    this.#marks.clear()
    this.#entries.clear()
  }

  #newMark(group: string): string {
    const mark = String(++this.#marked)
    this.#marks.set(group, mark)
    return mark
  }
}
