// Remembers for a moment what was read, and reads a key once at a time, for all who ask for it meanwhile.
import type { Clock } from '../../lib/clock.ts'
import { RecentValues } from '../../lib/recent-values.ts'

export type RecentReadsOptions<T> = {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly rememberedMs: number
  readonly weightMax: number
  readonly weightOf: (value: T) => number
}

export class RecentReads<T> {
  readonly #options: RecentReadsOptions<T>
  readonly #known: RecentValues<{ readonly value: T; readonly untilMs: number }>
  readonly #asking = new Map<string, Promise<T>>()

  constructor(options: RecentReadsOptions<T>) {
    this.#options = options
    this.#known = new RecentValues(options.weightMax)
  }

  /** Fails as `ask`, for all who wait for it; failures are not remembered. */
  async read(key: string, ask: () => Promise<T>): Promise<T> {
    const { clock, rememberedMs, weightOf } = this.#options
    const known = this.#known.get(key)
    if (known !== undefined && known.untilMs > clock.nowMs()) return known.value
    const others = this.#asking.get(key)
    if (others !== undefined) return others
    const asking = ask()
    this.#asking.set(key, asking)
    const isLatest = () => this.#asking.get(key) === asking
    try {
      const value = await asking
      if (isLatest()) this.#known.set(key, { value, untilMs: clock.nowMs() + rememberedMs }, weightOf(value))
      return value
    } finally {
      if (isLatest()) this.#asking.delete(key)
    }
  }

  /** Whoever asks from now on does not get what was read before, or is being read. */
  forget(key: string): void {
    this.#known.delete(key)
    this.#asking.delete(key)
  }
}
