// What came of a share, hour by hour, and how it is kept as JSON, which has no bigints. Pure.
import type { Quarters } from '../../../model/quarters.ts'
import type { Tally } from '../../../model/tally.ts'
import type { SiteTotal } from './site-totals.ts'

export type HourResult = {
  readonly hour: number
  readonly tally: Tally
  /** Files of raw events that could not be read, by name. */
  readonly missing: readonly string[]
  /** Counted events whose raw events are gone. */
  readonly lost: number
  readonly sites: readonly SiteTotal[]
}

type AggregateJson = Omit<Quarters[number], 'sum'> & { readonly sum: string }
type HourJson = Omit<HourResult, 'sites'> & {
  readonly sites: readonly (Omit<SiteTotal, 'quarters'> & { readonly quarters: readonly AggregateJson[] })[]
}

export function resultJson(results: readonly HourResult[]): readonly HourJson[] {
  return results.map((result) => ({
    ...result,
    sites: result.sites.map((site) => ({
      ...site,
      quarters: site.quarters.map((quarter) => ({ ...quarter, sum: String(quarter.sum) })),
    })),
  }))
}

/** @param json as `resultJson` made it */
export function parseResult(json: unknown): readonly HourResult[] {
  return (json as readonly HourJson[]).map((result) => ({
    ...result,
    sites: result.sites.map((site) => ({
      ...site,
      quarters: site.quarters.map((quarter) => ({
        ...quarter,
        sum: BigInt(quarter.sum),
      })) as unknown as Quarters,
    })),
  }))
}
