// The top lists of one process that has everything, in its memory. Filled from the counts when the process starts.
import type { Clock } from '../../lib/clock.ts'
import { minuteOf } from '../../model/bucket.ts'
import type { CountRow } from '../counts/counts.ts'
import { MemoryTopLists } from './memory-top-lists.ts'
import { SHORT_SHARE, TopFolder } from './top-folder.ts'
import { type TopLimits, topLimits } from './top-limits.ts'
import { topGroup } from './top-lists.ts'
import { TopUnion } from './top-union.ts'
import { TOP_RETENTION_MINUTES, type TopCounts, type TopReader, type TopWriter } from './tops.ts'
import { TOPS_BYTES_MAX } from './tops-settings.ts'

/** How long lists rest between two passes, unless they are being filled. */
const PASS_MS = 1_000

export type StoredRows = { readonly sourceId: string; readonly rows: readonly CountRow[] }

export class MemoryTops implements TopWriter, TopReader {
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #limits: TopLimits
  readonly #lists: MemoryTopLists
  readonly #folder: TopFolder
  readonly #union: TopUnion
  #isFilled = false
  #passedMs = Number.NEGATIVE_INFINITY
  #folding: Promise<void> | null = null

  constructor(clock: Pick<Clock, 'nowMs'>, limits = topLimits(TOPS_BYTES_MAX)) {
    this.#clock = clock
    this.#limits = limits
    this.#lists = new MemoryTopLists(limits)
    this.#folder = new TopFolder(this.#lists, clock, limits)
    this.#union = new TopUnion(this.#lists)
  }

  /** About what they take. */
  get usedBytes(): number {
    return this.#lists.usedBytes
  }

  /** Loads all rows that were stored before, while new ones arrive. Until then lists are incomplete. */
  async fill(stored: AsyncIterable<StoredRows>, signal?: AbortSignal): Promise<void> {
    for await (const { sourceId, rows } of stored) {
      if (signal?.aborted) return
      this.write(sourceId, rows)
      if (this.#lists.usedBytes > SHORT_SHARE * this.#limits.bytesMax) await this.fold()
    }
    this.#isFilled = true
  }

  begin(): void {}

  async reached(): Promise<void> {}

  write(sourceId: string, rows: readonly CountRow[]): void {
    this.#lists.put(sourceId, rows, this.#oldest())
    if (Math.abs(this.#clock.nowMs() - this.#passedMs) >= PASS_MS) void this.fold()
  }

  /** Makes room where it is needed. */
  fold(): Promise<void> {
    this.#passedMs = this.#clock.nowMs()
    this.#folding ??= this.#folder.pass().finally(() => {
      this.#folding = null
    })
    return this.#folding
  }

  async read(tenant: string, type: string, from: number, to: number): Promise<TopCounts> {
    const { list, isWhole } = await this.#union.read(topGroup(tenant, type), from, to)
    const lostBefore = Math.max(this.#oldest(), await this.#lists.lostBefore())
    const asOfMs = this.#isFilled && isWhole && from >= lostBefore ? Number.POSITIVE_INFINITY : null
    const { counts, slacks, floor: bound } = list
    return { counts, slacks, bound, asOfMs }
  }

  #oldest(): number {
    return minuteOf(this.#clock.nowMs()) - TOP_RETENTION_MINUTES
  }
}
