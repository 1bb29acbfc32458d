// The expected counts, computed by the sender in plain maps, by id: an id counts once, however often it is sent.
// Knows nothing of the product.
import { MINUTE_MS } from '../../model/bucket.ts'

export type Sample = {
  readonly id: string
  readonly videoId: string
  readonly type: string
  readonly timeMs: number
  /** The value in thousandths; null: none. */
  readonly thousandths: number | null
}

export type Expected = { count: number; thousandths: number }

/** From a minute, in epoch milliseconds, to its sums. */
export type Minutes = ReadonlyMap<number, Expected>

export class Truth {
  readonly #ids = new Set<string>()
  readonly #videos = new Map<string, Map<string, Map<number, Expected>>>()
  #fromMs = Number.POSITIVE_INFINITY
  #toMs = 0

  /** An event that will be sent until it is resolved. */
  add({ id, videoId, type, timeMs, thousandths }: Sample): void {
    if (this.#ids.has(id)) return
    this.#ids.add(id)
    const minuteMs = timeMs - (timeMs % MINUTE_MS)
    this.#fromMs = Math.min(this.#fromMs, minuteMs)
    this.#toMs = Math.max(this.#toMs, minuteMs + MINUTE_MS)
    const types = within(this.#videos, videoId, () => new Map<string, Map<number, Expected>>())
    const minutes = within(types, type, () => new Map<number, Expected>())
    const expected = within(minutes, minuteMs, () => ({ count: 0, thousandths: 0 }))
    expected.count++
    expected.thousandths += thousandths ?? 0
  }

  /** Distinct ids. */
  get events(): number {
    return this.#ids.size
  }

  /** The range of all minutes with events, half-open, epoch milliseconds. */
  get range(): { readonly fromMs: number; readonly toMs: number } {
    return { fromMs: this.#fromMs, toMs: this.#toMs }
  }

  get videoIds(): Iterable<string> {
    return this.#videos.keys()
  }

  minutes(videoId: string, type: string): Minutes {
    return this.#videos.get(videoId)?.get(type) ?? new Map()
  }
}

function within<K, V>(map: Map<K, V>, key: K, made: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const value = made()
  map.set(key, value)
  return value
}
