// The recount and the counts side by side: what the raw events give, and every series that the counts hold rows of in
// the same hours, so that a total without raw events is compared as well (a full outer join). Both come in the same
// order, so that nothing is kept but where each stands.
import type { Series } from '../../model/bucket.ts'
import { compareSeries } from '../../model/series-order.ts'
import type { CountAudit } from '../../stores/counts/counts.ts'
import type { HourGroup } from './hour-groups.ts'

type HourSeries = Pick<HourGroup, 'hour' | 'series'>

/** Of series that are compared together. */
const LOT_MAX = 1_000

/**
 * The groups, and a group without buckets for each series that has rows in one of the hours but no group. Nothing of an
 * hour is given before the recount has come to that hour.
 * @param hours in order of time
 */
export async function* withCountedAlone(
  groups: AsyncIterable<readonly HourGroup[]>,
  hours: readonly number[],
  counts: Pick<CountAudit, 'writtenSeries'>,
): AsyncGenerator<readonly HourGroup[]> {
  const written = new Written(hours, counts)
  for await (const lot of groups) {
    for (const group of lot) yield* written.before(group)
    yield lot
  }
  yield* written.before(null)
}

/** A place among the series that have rows, hour by hour. */
class Written {
  readonly #entries: AsyncGenerator<readonly HourSeries[]>
  #lot: readonly HourSeries[] = []
  #at = 0

  constructor(hours: readonly number[], counts: Pick<CountAudit, 'writtenSeries'>) {
    this.#entries = entriesOf(hours, counts)
  }

  /** Those that come before a group, or all that are left; passes over the group's own. */
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
): AsyncGenerator<readonly HourSeries[]> {
  for (const hour of hours) {
    for await (const some of counts.writtenSeries(hour)) {
      yield some.map((series: Series) => ({ hour, series }))
    }
  }
}

function compare(a: HourSeries, b: HourSeries): number {
  return a.hour - b.hour || compareSeries(a.series, b.series)
}
