// Records that a fetch returned beyond the requested slice, kept for the next reads of the same source. Pure.
import type { LogRecord, LogSlice } from '../log.ts'
import type { Fetched } from './kafka-client.ts'

type Rest = {
  readonly records: readonly LogRecord[]
  readonly endOffset: number
  /** The index of the first record that was not returned yet. */
  next: number
  /** The offset to ask for in order to get it. */
  fromOffset: number
}

export class Readahead {
  readonly #rests = new Map<string, Rest>()

  /** `fromOffset` is what was asked for; the first record may come after it. Replaces what is held of the source. */
  put(sourceId: string, fromOffset: number, { records, endOffset }: Fetched): void {
    this.#rests.set(sourceId, { records, endOffset, next: 0, fromOffset })
  }

  /** Records from `fromOffset` on, up to the one that reaches `bytesMax`; null if these are not held. */
  take(sourceId: string, fromOffset: number, bytesMax: number): LogSlice | null {
    const rest = this.#rests.get(sourceId)
    if (rest === undefined || rest.fromOffset !== fromOffset) return null
    const first = rest.next
    let bytes = 0
    while (rest.next < rest.records.length) {
      bytes += rest.records[rest.next++]!.bytes.length
      if (bytes >= bytesMax) break
    }
    const taken = rest.records.slice(first, rest.next)
    rest.fromOffset = taken.at(-1)!.offset + 1
    if (rest.next === rest.records.length) this.#rests.delete(sourceId)
    return { records: taken, endOffset: rest.endOffset }
  }
}
