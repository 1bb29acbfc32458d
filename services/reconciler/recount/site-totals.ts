// Adds up what a recount found of every series to the totals of whole sites, hour by hour.
import type { Series } from '../../../model/bucket.ts'
import { isProbe } from '../../../model/probe.ts'
import { EMPTY_QUARTERS, type Quarters } from '../../../model/quarters.ts'
import { isSite, siteOf } from '../../../model/site.ts'
import { add, sumOf } from '../../../model/total.ts'
import type { RollupReader, RollupRow } from '../../../stores/counts/rollups.ts'

/** Of an hour: everything of one type that a tenant's videos have. */
export type SiteTotal = Pick<Series, 'tenant' | 'type'> & { readonly quarters: Quarters }

export class SiteTotals {
  /** hour → tenant → type. */
  readonly #hours = new Map<number, Map<string, Map<string, Quarters>>>()

  /** Adds a series. */
  add(hour: number, series: Series, quarters: Quarters): void {
    if (!isProbe(series)) this.addTotal(hour, { ...series, quarters })
  }

  /** Adds what was added up elsewhere. */
  addTotal(hour: number, { tenant, type, quarters }: SiteTotal): void {
    const types = this.#typesOf(hour, tenant)
    types.set(type, sumOfQuarters(types.get(type) ?? EMPTY_QUARTERS, quarters))
  }

  /**
   * The rows of an hour; those of types of which nothing is left are empty.
   * @param rollups tells the types that a site had before
   * @param removed videos of which nothing may be left
   */
  async rows(
    hour: number,
    rollups: Pick<RollupReader, 'rollupTypes'>,
    removed: readonly Pick<Series, 'tenant'>[],
  ): Promise<RollupRow[]> {
    for (const { tenant } of removed) this.#typesOf(hour, tenant)
    const rows: RollupRow[] = []
    for (const [tenant, types] of this.#hours.get(hour) ?? []) {
      const known = await rollups.rollupTypes(tenant, siteOf(tenant, '').videoId)
      for (const type of new Set([...types.keys(), ...known])) {
        const quarters = types.get(type) ?? EMPTY_QUARTERS
        rows.push({ series: siteOf(tenant, type), start: hour, aggregate: sumOf(quarters), quarters })
      }
    }
    return rows
  }

  /** What was added up of an hour. */
  of(hour: number): SiteTotal[] {
    return Array.from(this.#hours.get(hour) ?? []).flatMap(([tenant, types]) =>
      Array.from(types, ([type, quarters]) => ({ tenant, type, quarters })),
    )
  }

  #typesOf(hour: number, tenant: string): Map<string, Quarters> {
    const tenants = this.#hours.getOrInsertComputed(hour, () => new Map<string, Map<string, Quarters>>())
    return tenants.getOrInsertComputed(tenant, () => new Map<string, Quarters>())
  }
}

/** What lists of videos leave out. */
export function withoutSites<Video extends Pick<Series, 'videoId'>>(videos: readonly Video[]): Video[] {
  return videos.filter((video) => !isSite(video))
}

function sumOfQuarters(a: Quarters, b: Quarters): Quarters {
  return a.map((aggregate, place) => add(aggregate, b[place]!)) as unknown as Quarters
}
