// Adds up what a recount found of every series to the totals of whole sites, hour by hour.
import type { Series } from '../../model/bucket.ts'
import { isProbe } from '../../model/probe.ts'
import { EMPTY_QUARTERS, type Quarters } from '../../model/quarters.ts'
import { isSite, siteOf } from '../../model/site.ts'
import { add, sumOf } from '../../model/total.ts'
import type { RollupReader, RollupRow } from '../../stores/counts/rollups.ts'

type Total = { readonly series: Series; readonly quarters: Quarters }

export class SiteTotals {
  readonly #rollups: Pick<RollupReader, 'rollupTypes'>
  /** hour → tenant → type. */
  readonly #hours = new Map<number, Map<string, Map<string, Quarters>>>()
  readonly #knownTypes = new Map<string, Promise<readonly string[]>>()

  constructor(rollups: Pick<RollupReader, 'rollupTypes'>) {
    this.#rollups = rollups
  }

  add(hour: number, series: Series, quarters: Quarters): void {
    if (isProbe(series)) return
    const { tenant, type } = series
    const types = this.#typesOf(hour, tenant)
    types.set(type, sumOfQuarters(types.get(type) ?? EMPTY_QUARTERS, quarters))
  }

  /**
   * The rows of an hour; those of types of which nothing is left are empty.
   * @param removed videos of which nothing may be left
   */
  async rows(hour: number, removed: readonly Pick<Series, 'tenant'>[]): Promise<RollupRow[]> {
    for (const { tenant } of removed) this.#typesOf(hour, tenant)
    const totals: Total[] = []
    for (const [tenant, types] of this.#hours.get(hour) ?? []) {
      for (const type of new Set([...types.keys(), ...(await this.#typesKnownOf(tenant))])) {
        totals.push({ series: siteOf(tenant, type), quarters: types.get(type) ?? EMPTY_QUARTERS })
      }
    }
    return totals.map((total) => ({ ...total, start: hour, aggregate: sumOf(total.quarters) }))
  }

  #typesOf(hour: number, tenant: string): Map<string, Quarters> {
    const tenants = this.#hours.getOrInsertComputed(hour, () => new Map<string, Map<string, Quarters>>())
    return tenants.getOrInsertComputed(tenant, () => new Map<string, Quarters>())
  }

  #typesKnownOf(tenant: string): Promise<readonly string[]> {
    const { videoId } = siteOf(tenant, '')
    return this.#knownTypes.getOrInsertComputed(tenant, () => this.#rollups.rollupTypes(tenant, videoId))
  }
}

/** What lists of videos leave out. */
export function withoutSites<Video extends Pick<Series, 'videoId'>>(videos: readonly Video[]): Video[] {
  return videos.filter((video) => !isSite(video))
}

function sumOfQuarters(a: Quarters, b: Quarters): Quarters {
  return a.map((aggregate, place) => add(aggregate, b[place]!)) as unknown as Quarters
}
