// The two orders of a top list. Pure.

export type Ranked = {
  readonly videoId: string
  readonly count: number
  /** The count of the equally long window before; only if the order is rising. */
  readonly previous?: number
  /** See growthOf. */
  readonly change?: number
}

export type Ranking = {
  /** Null for a video that has no place in the list. More events now and fewer before never lead to a lower place. */
  rank(videoId: string, count: number, previous: number): Ranked | null
  /** Negative if `a` comes first; a total order. */
  compare(a: Ranked, b: Ranked): number
}

/** Events added to every video's previous window, so that a rise from nothing to little does not rank high. */
const SMOOTHING = 10
const CHANGE_DIGITS = 4

export const MOST_COUNTED: Ranking = {
  rank: (videoId, count) => (count > 0 ? { videoId, count } : null),
  compare: (a, b) => b.count - a.count || byName(a, b),
}

export const FASTEST_RISING: Ranking = {
  rank(videoId, count, previous) {
    const change = growthOf(count, previous)
    return change > 0 ? { videoId, count, previous, change } : null
  },
  compare: (a, b) => b.change! - a.change! || b.count - a.count || byName(a, b),
}

function byName(a: Ranked, b: Ranked): number {
  return a.videoId < b.videoId ? -1 : Number(a.videoId > b.videoId)
}

/** (count − previous) / (previous + 10): 1 is about twice as many; rounded to four places. */
function growthOf(count: number, previous: number): number {
  return Number(((count - previous) / (previous + SMOOTHING)).toFixed(CHANGE_DIGITS))
}
