// Reads back the totals of a source, bucket by bucket, a statement for those of one partition.
import { type Bucket, MINUTE_MS, type Series } from '../../../model/bucket.ts'
import type { Total } from '../../../model/total.ts'
import type { AdaptiveLimit } from './adaptive-limit.ts'
import { allOf } from './all-of.ts'
import { type CountForm, shardsOf } from './count-forms.ts'
import {
  keyParamsOf,
  namesOf,
  partitionKey,
  sharedKey,
  sharedKeyParams,
  sharedPlaceOf,
} from './row-batches.ts'
import { SELECT_SHARED_TOTALS } from './shared-statements.ts'
import { SELECT_TOTALS } from './statements.ts'
import type { Params, Store } from './store.ts'
import { type AggregateColumns, aggregateOf, dayOf, timestampValue, tupleValue } from './values.ts'

/** Rows that one statement reads back. */
const ROWS_AT_ONCE_MAX = 100

export type HydrateDeps = { readonly store: Store; readonly limit: AdaptiveLimit }

type TotalRow = AggregateColumns & { readonly minute: Date; readonly up_to: bigint }
type SharedRow = TotalRow & {
  readonly tenant: string
  readonly video_id: string
  readonly event_type: string
}

/** The places of buckets of one partition. */
type Lot = { readonly shards: number | null; readonly places: number[] }

/** In the order of the buckets; null where nothing is stored. Fails with a CountsError. */
export async function readTotals(
  deps: HydrateDeps,
  sourceId: string,
  buckets: readonly Bucket[],
  forms: readonly CountForm[],
): Promise<(Total | null)[]> {
  const totals = new Array<Total | null>(buckets.length).fill(null)
  const source = Buffer.from(sourceId)
  const reads = lotsOf(buckets, forms).map(async ({ shards, places }) => {
    const wanted = places.map((place) => buckets[place]!)
    const found = await (shards === null ? ofDay(deps, source, wanted) : shared(deps, source, wanted, shards))
    for (const place of places) totals[place] = found.get(nameOf(buckets[place]!)) ?? null
  })
  await allOf(reads)
  return totals
}

/** Of buckets of one day of a series. */
async function ofDay(deps: HydrateDeps, source: Buffer, buckets: readonly Bucket[]) {
  const series = buckets[0]!
  const minutes = buckets.map(({ minute }) => timestampValue(minute))
  const params = [...keyParamsOf(series, dayOf(series.minute)), minutes, source]
  const rows = await read<TotalRow>(deps, SELECT_TOTALS, params)
  return new Map(rows.map((row) => [nameOf({ ...series, minute: minuteOfRow(row) }), totalOf(row)]))
}

/** Of buckets of one hour and shard. */
async function shared(deps: HydrateDeps, source: Buffer, buckets: readonly Bucket[], shards: number) {
  const wanted = buckets.map((one) => tupleValue([...namesOf(one), timestampValue(one.minute), source]))
  const params = [...sharedKeyParams(sharedPlaceOf(buckets[0]!, shards)), wanted]
  const rows = await read<SharedRow>(deps, SELECT_SHARED_TOTALS, params)
  return new Map(rows.map((row) => [nameOf({ ...seriesOfRow(row), minute: minuteOfRow(row) }), totalOf(row)]))
}

function read<Row>({ store, limit }: HydrateDeps, query: string, params: Params): Promise<Row[]> {
  return limit.run(() => store.read<Row>(query, params))
}

function lotsOf(buckets: readonly Bucket[], forms: readonly CountForm[]): Lot[] {
  const lots: Lot[] = []
  const open = new Map<string, Lot>()
  for (const [place, bucket] of buckets.entries()) {
    const shards = shardsOf(forms, bucket.minute)
    const key =
      shards === null ? partitionKey(bucket, dayOf(bucket.minute)) : sharedKey(sharedPlaceOf(bucket, shards))
    const lot = open.get(key)
    if (lot !== undefined && lot.places.length < ROWS_AT_ONCE_MAX) lot.places.push(place)
    else {
      const fresh = { shards, places: [place] }
      open.set(key, fresh)
      lots.push(fresh)
    }
  }
  return lots
}

function nameOf(bucket: Bucket): string {
  return partitionKey(bucket, bucket.minute)
}

function seriesOfRow({ tenant, video_id: videoId, event_type: type }: SharedRow): Series {
  return { tenant, videoId, type }
}

function minuteOfRow({ minute }: TotalRow): number {
  return minute.getTime() / MINUTE_MS
}

function totalOf(row: TotalRow): Total {
  return { ...aggregateOf(row), upTo: Number(row.up_to) }
}
