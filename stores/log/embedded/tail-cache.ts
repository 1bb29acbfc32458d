// The newest records of all partitions, so that owners that keep up need not read from disk. The oldest are dropped
// first, so each partition holds a contiguous tail.
import type { StoredRecord } from './records.ts'

/** Slots before `first` are empty: their records were dropped. */
type Tail = { slots: (StoredRecord | null)[]; first: number }

/** Empty slots are freed when there are this many and they are half of the list. */
const SLACK_MIN = 1_024

export class TailCache {
  readonly #bytesMax: number
  readonly #tails = new Map<string, Tail>()
  /** The source of each record held, oldest first. */
  #order: string[] = []
  #orderFirst = 0
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  add(sourceId: string, record: StoredRecord): void {
    const tail = this.#tails.get(sourceId) ?? { slots: [], first: 0 }
    this.#tails.set(sourceId, tail)
    tail.slots.push(record)
    this.#order.push(sourceId)
    this.#bytes += record.bytes.length
    while (this.#bytes > this.#bytesMax) this.#dropOldest()
  }

  /**
   * Records from the offset on, in order, until `bytesMax` is reached; null if the cache does not reach back that
   * far.
   */
  read(sourceId: string, fromOffset: number, bytesMax: number): StoredRecord[] | null {
    const tail = this.#tails.get(sourceId)
    const oldest = tail?.slots[tail.first]
    if (tail === undefined || !oldest || fromOffset < oldest.offset) return null
    const found: StoredRecord[] = []
    let bytes = 0
    for (let i = tail.first + fromOffset - oldest.offset; i < tail.slots.length; i++) {
      const record = tail.slots[i]!
      found.push(record)
      bytes += record.bytes.length
      if (bytes >= bytesMax) break
    }
    return found
  }

  clear(): void {
    this.#tails.clear()
    this.#order = []
    this.#orderFirst = 0
    this.#bytes = 0
  }

  #dropOldest(): void {
    const tail = this.#tails.get(this.#order[this.#orderFirst++]!)!
    this.#bytes -= tail.slots[tail.first]!.bytes.length
    tail.slots[tail.first++] = null
    if (mostlySlack(tail.first, tail.slots)) {
      tail.slots = tail.slots.slice(tail.first)
      tail.first = 0
    }
    if (mostlySlack(this.#orderFirst, this.#order)) {
      this.#order = this.#order.slice(this.#orderFirst)
      this.#orderFirst = 0
    }
  }
}

function mostlySlack(first: number, slots: readonly unknown[]): boolean {
  return first >= SLACK_MIN && first * 2 >= slots.length
}
