// What the events of this test can be broken down by: attributes that are drawn for each, and the expected sums by
// their values, in plain lists. Knows nothing of the product.
import { HOUR_MS } from '../../model/bucket.ts'
import type { Random } from '../../simulator/random.ts'
import type { Expected, Sample } from '../faults/acknowledged-counts.ts'

const VALUES = {
  country: ['DE', 'FR', 'BR', 'IN', 'JP', 'US', 'NG', 'TR', 'PL', 'MX', 'KR', 'ES'],
  device: ['phone', 'desktop', 'tv', 'tablet'],
} as const
const MISSING_SHARE = 0.1

export type Attribute = keyof typeof VALUES
export const ATTRIBUTES = Object.keys(VALUES) as readonly Attribute[]
export type Attributes = { readonly [Name in Attribute]?: string }

export function drawAttributes(random: Random): Attributes {
  const draw = (name: Attribute) =>
    random.chance(MISSING_SHARE) ? {} : { [name]: random.pick(VALUES[name]) }
  return { ...draw('country'), ...draw('device') }
}

/** Which events a question is about; what is missing is not asked for. */
export type Wanted = { readonly type: string; readonly videoId?: string; readonly where?: Attributes }

export function rowInHour(row: string, startMs: number): string {
  return `${row} in the hour of ${new Date(startMs).toISOString()}`
}

export class AttributeTruth {
  readonly #events: { readonly sample: Sample; readonly attributes: Attributes }[] = []

  /** An event that was not added before. */
  add(sample: Sample, attributes: Attributes): void {
    this.#events.push({ sample, attributes })
  }

  /** By value; those without the attribute under the empty one. */
  sums(by: Attribute, wanted: Wanted): ReadonlyMap<string, Expected> {
    return this.#sums(wanted, (_, attributes) => attributes[by] ?? '')
  }

  /** By the names of the rows of events and the hours in which they happened: see `rowInHour`. */
  hourly(wanted: Wanted, rowOf: (sample: Sample, attributes: Attributes) => string) {
    return this.#sums(wanted, (sample, attributes) =>
      rowInHour(rowOf(sample, attributes), sample.timeMs - (sample.timeMs % HOUR_MS)),
    )
  }

  #sums(
    { type, videoId, where = {} }: Wanted,
    nameOf: (sample: Sample, attributes: Attributes) => string,
  ): ReadonlyMap<string, Expected> {
    const sums = new Map<string, Expected>()
    const filters = Object.entries(where) as [Attribute, string][]
    for (const { sample, attributes } of this.#events) {
      if (sample.type !== type || (videoId !== undefined && sample.videoId !== videoId)) continue
      if (!filters.every(([name, value]) => attributes[name] === value)) continue
      const sum = sums.getOrInsertComputed(nameOf(sample, attributes), () => ({ count: 0, thousandths: 0 }))
      sum.count++
      sum.thousandths += sample.thousandths ?? 0
    }
    return sums
  }
}
