// Joins the recount with the series that have rows in the same hours, so that totals without raw events are compared
// as well (a full outer join). Both are sorted alike, so only the current position of each is held in memory.
import type { Series } from '../../../model/bucket.ts'
import { compareSeries } from '../../../model/series-order.ts'
import type { SeriesRange } from '../../../model/series-range.ts'
import type { CountAudit } from '../../../stores/counts/counts.ts'
import type { HourGroup } from './hour-groups.ts'

type HourSeries = Pick<HourGroup, 'hour' | 'series'>

/** How many series are compared together. */
const LOT_MAX = 1_000

/**
 * The groups, plus an empty group for each series that has rows in one of the hours but no group. Nothing of an hour
 * is yielded before the recount has reached that hour.
 * @param hours in order of time
 * @param range of all groups
 */
export async function* withCountedAlone(
  groups: AsyncIterable<readonly HourGroup[]>,
  hours: readonly number[],
  counts: Pick<CountAudit, 'writtenSeries'>,
  range: SeriesRange,
): AsyncGenerator<readonly HourGroup[]> {
  const written = new Written(entriesOf(hours, counts, range))
  for await (const lot of groups) {
    for (const group of lot) yield* written.before(group)
    yield lot
  }
  yield* written.before(null)
}

/** A cursor over the series that have rows, hour by hour. */
class Written {
  readonly #entries: AsyncGenerator<readonly HourSeries[]>
  #lot: readonly HourSeries[] = []
  #at = 0

  constructor(entries: AsyncGenerator<readonly HourSeries[]>) {
    this.#entries = entries
  }

  /** The series before a group, or all remaining ones; skips the group's own. */
  async *before(group: HourSeries | null): AsyncGenerator<readonly HourGroup[]> {
    let found: HourGroup[] = []
    for (let next = await this.#next(); next !== null; next = await this.#next()) {
      const order = group === null ? -1 : compare(next, group)
      if (order > 0) break
      this.#at++
      if (order === 0) break
      found.push({ ...next, buckets: [] })
      if (found.length < LOT_MAX) continue
      yield found
      found = []
    }
    if (found.length > 0) yield found
  }

  /** Null at the end. */
  async #next(): Promise<HourSeries | null> {
    while (this.#at === this.#lot.length) {
      const { value, done } = await this.#entries.next()
      if (done) return null
      this.#lot = value
      this.#at = 0
    }
    return this.#lot[this.#at]!
  }
}

async function* entriesOf(
  hours: readonly number[],
  counts: Pick<CountAudit, 'writtenSeries'>,
  range: SeriesRange,
): AsyncGenerator<readonly HourSeries[]> {
  for (const hour of hours) {
    for await (const some of counts.writtenSeries(hour, range)) {
      yield some.map((series: Series) => ({ hour, series }))
    }
  }
}

function compare(a: HourSeries, b: HourSeries): number {
  return a.hour - b.hour || compareSeries(a.series, b.series)
}
