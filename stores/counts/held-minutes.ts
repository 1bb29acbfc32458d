// Minutes as the batch layer compares them: the sum over the stream's sources, and the batch layer's own row.
import { type Aggregate, add, EMPTY } from '../../model/total.ts'
import { BATCH_SOURCE, type HeldMinute } from './counts.ts'

/** Adds up rows of one series. */
export class HeldMinutes {
  readonly #minutes = new Map<number, { stream: Aggregate; batch: Aggregate | null }>()

  add(minute: number, sourceId: string, { count, values, sum, min, max }: Aggregate): void {
    const aggregate = { count, values, sum, min, max }
    const held = this.#minutes.get(minute) ?? { stream: EMPTY, batch: null }
    if (sourceId === BATCH_SOURCE) held.batch = aggregate
    else held.stream = add(held.stream, aggregate)
    this.#minutes.set(minute, held)
  }

  list(): HeldMinute[] {
    return Array.from(this.#minutes, ([minute, held]) => ({ minute, ...held })).sort(
      (a, b) => a.minute - b.minute,
    )
  }
}
