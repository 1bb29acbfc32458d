// Paces the reads of counts so that they do not block the event loop: bounds the rows in flight, and the rows that
// are processed between two turns of the event loop. A cache answers without waiting, so a thousand cached series
// would otherwise be one long turn.

import { TurnBudget } from '../../../lib/turn-budget.ts'
import { WeightedSlots } from '../../../lib/weighted-slots.ts'
import type { Series } from '../../../model/bucket.ts'
import { type CountReader, PERIOD_MINUTES, type PeriodRange } from '../../../stores/counts/counts.ts'

/** The cost of a call, in rows. */
const CALL_ROWS = 20
/** A few milliseconds of work. */
const TURN_ROWS_MAX = 4_000
/** The most rows that all readers of a process may have requested and not yet received. */
const ROWS_IN_FLIGHT_MAX = 6_000

export class PacedReader implements CountReader {
  readonly #counts: CountReader
  readonly #budget = new TurnBudget(TURN_ROWS_MAX)
  readonly #slots = new WeightedSlots(ROWS_IN_FLIGHT_MAX)

  constructor(counts: CountReader) {
    this.#counts = counts
  }

  async read(series: Series, range: PeriodRange) {
    const rowsMax = CALL_ROWS + (range.to - range.from) / PERIOD_MINUTES[range.resolution]
    const reading = await this.#slots.use(rowsMax, () => this.#counts.read(series, range))
    await this.#budget.take(CALL_ROWS + reading.periods.length)
    return reading
  }

  async types(tenant: string, videoId: string) {
    const types = await this.#counts.types(tenant, videoId)
    await this.#budget.take(CALL_ROWS + types.length)
    return types
  }

  async firstMinute(series: Series) {
    const minute = await this.#counts.firstMinute(series)
    await this.#budget.take(CALL_ROWS)
    return minute
  }
}
