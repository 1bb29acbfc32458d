// Reads of counts at a pace that leaves others their turns, however many are asked for at once: so many rows are on
// their way together, and so many are taken in between two turns of the event loop. A cache answers without any wait,
// and a thousand series of it would be one long turn.

import { TurnBudget } from '../../lib/turn-budget.ts'
import { WeightedSlots } from '../../lib/weighted-slots.ts'
import type { Series } from '../../model/bucket.ts'
import { type CountReader, PERIOD_MINUTES, type PeriodRange } from '../../stores/counts/counts.ts'

/** A call costs about as much as so many rows. */
const CALL_ROWS = 20
/** Some milliseconds of work. */
const TURN_ROWS_MAX = 4_000
/** At most so many may be there: what all readers of a process may have asked for and not yet been given. */
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
