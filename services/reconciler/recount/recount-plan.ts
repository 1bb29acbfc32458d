// What the recount of some hours consists of: shares that any process of the batch layer can carry out, each some hours
// of a range of series. A plan fixes the versions of all that is written for it, so that it does not matter who writes,
// nor how often. Pure.
import { bytesOf } from '../../../lib/byte-units.ts'
import { dayOf, type VideoName } from '../../../model/bucket.ts'
import { ALL_SERIES, cutAt, isWhole, type SeriesRange } from '../../../model/series-range.ts'
import type { Holding } from '../../../stores/archive/archive.ts'

export type HeldHour = Holding & {
  /** There are no raw events of it, nor of any earlier hour: nobody can say whether there were some. */
  readonly isBeforeArchive: boolean
}

export type PlannedHour = Pick<HeldHour, 'hour' | 'mark' | 'lateMark' | 'isBeforeArchive'> & {
  /** It was recounted before, so that its rollups hold what was found then. */
  readonly wasRecounted: boolean
}

export type UnassignedShare = {
  /** In order of time. All planned hours of a day are in the same shares: else two of them would write its total. */
  readonly hours: readonly number[]
  readonly range: SeriesRange
}

export type Share = UnassignedShare & {
  /** It is for who archives this partition; null: for who carries out the plan. */
  readonly partition: number | null
}

/** Plans of another form are of another release, which is being replaced. */
export const PLAN_FORMAT = 1

/**
 * Older plans are dropped, and what is due is planned anew: raw events of their hours may have been purged since, by a
 * release that knows no plans or before a backup was restored.
 */
export const PLAN_AGE_MAX_MS = 24 * 60 * 60_000

/** As JSON, it is the same. */
export type RecountPlan = {
  readonly format: typeof PLAN_FORMAT
  /** The first of its versions; see `versionOf` and others. */
  readonly version: number
  /** Minutes before this one are recounted. */
  readonly closedTo: number
  /** In order of time. */
  readonly hours: readonly PlannedHour[]
  readonly shares: readonly Share[]
  /** Into which tables: see RollupWriter. Missing in plans of a release without it. */
  readonly tables?: string | null
}

/** Of what a share writes for an hour. The day of a later hour holds the earlier ones, and so has a higher version. */
export function versionOf({ version, hours }: RecountPlan, hour: number): number {
  return version + hours.findIndex((one) => one.hour === hour)
}

/** Of the totals of whole sites in an hour. */
export function siteVersionOf(plan: RecountPlan, hour: number): number {
  return plan.hours.length + versionOf(plan, hour)
}

/** Of the audits, the highest: the next plan begins above it. */
export function auditVersionOf({ version, hours }: RecountPlan): number {
  return version + 2 * hours.length
}

/** Hours that are planned together, so that a sparse past does not need one query per hour. */
const HOURS_TOGETHER_MAX = 24
/** Days with more raw bytes than this are planned alone. */
const BYTES_TOGETHER_MAX = 64 << 20

/** Whole days, as far as they are due. */
export function* lotsOf(due: readonly HeldHour[]): Generator<readonly HeldHour[]> {
  let lot: HeldHour[] = []
  let bytes = 0
  for (const ofDay of Map.groupBy(due, ({ hour }) => dayOf(hour)).values()) {
    const dayBytes = bytesOf(ofDay)
    const isFull = lot.length + ofDay.length > HOURS_TOGETHER_MAX || bytes + dayBytes > BYTES_TOGETHER_MAX
    if (lot.length > 0 && isFull) {
      yield lot
      lot = []
      bytes = 0
    }
    lot.push(...ofDay)
    bytes += dayBytes
  }
  if (lot.length > 0) yield lot
}

/**
 * Into how many ranges a lot is cut: as many for each partition, so that who archives half of them recounts a half.
 */
export function partsOf(
  bytes: number,
  partitions: number,
  { shareBytesMin, shareBytesMax }: ShareBounds,
): number {
  if (bytes < shareBytesMin) return 1
  return Math.min(SHARES_MAX, partitions * Math.ceil(bytes / (partitions * shareBytesMax)))
}

export type ShareBounds = {
  /** A lot with fewer raw bytes is not cut. */
  readonly shareBytesMin: number
  readonly shareBytesMax: number
}

const SHARES_MAX = 4_096

/** @param keys where the series of the lot are cut */
export function sharesOf(lot: readonly HeldHour[], keys: readonly VideoName[]): UnassignedShare[] {
  const hours = lot.map(({ hour }) => hour)
  return cutAt(ALL_SERIES, keys).map((range) => ({ hours, range }))
}

/**
 * Spread evenly over the partitions; one alone is not worth waiting for another process. Neighbours are alike (the
 * most watched videos may follow each other), so they are given to partitions far apart: a process may have those
 * from the first to the middle one.
 */
export function assigned(shares: readonly UnassignedShare[], partitions: number): Share[] {
  const isAlone = shares.length === 1
  const stride = strideOf(partitions)
  return shares.map((share, i) => ({ ...share, partition: isAlone ? null : (i * stride) % partitions }))
}

const GOLDEN_RATIO = 0.618

/** Steps of this length come to every partition once, and to those in between soon. */
function strideOf(partitions: number): number {
  let stride = Math.max(1, Math.round(partitions * GOLDEN_RATIO))
  while (greatestCommonDivisor(stride, partitions) > 1) stride++
  return stride
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** Null for a plan of another form, and for one that is too old. */
export function planIn(json: unknown, nowMs: number): RecountPlan | null {
  const plan = json as RecountPlan
  const isUsable = plan.format === PLAN_FORMAT && nowMs - plan.version <= PLAN_AGE_MAX_MS
  return isUsable ? plan : null
}

/** Throws if an hour has series that no share holds, or that two hold: it would be called recounted, and is not. */
export function checkWhole(plan: {
  readonly hours: readonly Pick<PlannedHour, 'hour'>[]
  readonly shares: readonly UnassignedShare[]
}): void {
  const { hours, shares } = plan
  for (const { hour } of hours) {
    const ranges = shares.filter((share) => share.hours.includes(hour)).map(({ range }) => range)
    if (!isWhole(ranges)) throw new Error(`the shares of the hour ${hour} are not the whole of it`)
  }
}
