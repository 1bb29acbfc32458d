// Decides over how many partitions a video's events are spread, by their rate. Pure: facts in, the wanted splits out.
import type { Layout } from '../../../model/layout.ts'
import { hottestFirst, type Rates } from '../../../stores/rates/rates.ts'

export type SplitRule = {
  /** A video with fewer events a second is never split: one partition takes them easily. */
  readonly eventsPerSecond: number
}

/** For each automatic split, the last minute in which its video needed as many parts. */
export type LastHot = ReadonlyMap<string, number>

export type Decision = {
  readonly lastHot: LastHot
  /** What all automatic splits should be from a coming minute on; null if they are right. */
  readonly automatic: ReadonlyMap<string, number> | null
}

/** The most videos that are split by their rate at a time. */
export const AUTOMATIC_SPLITS_MAX = 128
/** What one part of a video may add to a partition, in terms of the mean load of all partitions. */
const PART_LOAD_MAX = 0.125
/** A split shrinks or ends when even so many times its events, for COOL_MINUTES, would not need its parts. */
const COOL_FACTOR = 2
const COOL_MINUTES = 10

/** A video that heats up is split at once; one that cools is merged when it has been cool for some minutes. */
export function decide(
  lastHot: LastHot,
  rates: Rates,
  layout: Layout,
  rule: SplitRule,
  nowMinute: number,
): Decision {
  const cooling = cooled(lastHot, rates, layout, rule, nowMinute)
  // Until the newest layout is in force, its effect cannot be seen.
  if (layout.fromMinute > nowMinute) return { lastHot: cooling, automatic: null }
  const before = automaticSplits(layout)
  const wanted = new Map<string, number>()
  for (const [video, parts] of before) {
    const isCool = nowMinute - cooling.get(video)! >= COOL_MINUTES
    const needed = partsFor(rates, video, layout, rule, isCool ? COOL_FACTOR : 1)
    const next = isCool ? needed : Math.max(parts, needed)
    if (next > 1) wanted.set(video, next)
  }
  for (const [video] of hottestFirst(rates.videos)) {
    if (wanted.size >= AUTOMATIC_SPLITS_MAX) break
    if (layout.splits.has(video)) continue
    const parts = partsFor(rates, video, layout, rule, 1)
    if (parts > 1) wanted.set(video, parts)
  }
  return { lastHot: cooling, automatic: isSame(before, wanted) ? null : wanted }
}

/** The layout's splits that the policy may change. */
function automaticSplits({ splits, automatic }: Layout): ReadonlyMap<string, number> {
  return new Map(Array.from(splits).filter(([video]) => automatic?.has(video)))
}

/**
 * How many parts leave each with at most PART_LOAD_MAX, or all partitions: 1, 2, 4, 8 and so on, so that small changes
 * of the rate change nothing. The rate is taken `factor` times.
 */
function partsFor(
  { total, videos }: Rates,
  video: string,
  { partitions }: Layout,
  { eventsPerSecond }: SplitRule,
  factor: number,
): number {
  const rate = (videos.get(video) ?? 0) * factor
  if (rate < eventsPerSecond) return 1
  const wanted = ((rate / total) * partitions) / PART_LOAD_MAX
  let parts = 1
  while (parts < wanted && parts < partitions) parts *= 2
  return Math.min(parts, partitions)
}

/** A split that is seen for the first time counts as hot now. */
function cooled(
  lastHot: LastHot,
  rates: Rates,
  layout: Layout,
  rule: SplitRule,
  nowMinute: number,
): ReadonlyMap<string, number> {
  return new Map(
    Array.from(automaticSplits(layout), ([video, parts]) => {
      const isHot = partsFor(rates, video, layout, rule, COOL_FACTOR) >= parts
      return [video, isHot ? nowMinute : (lastHot.get(video) ?? nowMinute)]
    }),
  )
}

function isSame(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && Array.from(a).every(([video, parts]) => b.get(video) === parts)
}
