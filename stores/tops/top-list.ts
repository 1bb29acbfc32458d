// A list of videos that need not be whole: what is known of each listed video, and the most that any other may have.
// Every operation keeps the promise that the true count of a video lies within its bounds, so a list can be cut short
// at any time. Where nothing was cut, bounds are exact counts. Pure.
//
// The bounds of a list are what the threshold algorithm works with (Fagin, Lotem, Naor: Optimal aggregation
// algorithms for middleware, 2003; here without random access: the lists say which videos are worth an exact read).

export type TopList = {
  /** A listed video has at least this, where `excess` is 0. Unordered. */
  readonly counts: ReadonlyMap<string, number>
  /** How much more a listed video may have. Absent: nothing. */
  readonly slacks: ReadonlyMap<string, number>
  /** The most that a video may have that is not listed. */
  readonly floor: number
  /** How much less any video may have: negative corrections that found no room. Mostly 0. */
  readonly excess: number
}

export const EMPTY_LIST: TopList = { counts: new Map(), slacks: new Map(), floor: 0, excess: 0 }

/** A list whose counts are exact. */
export function listOf(counts: ReadonlyMap<string, number>, floor = 0): TopList {
  return { ...EMPTY_LIST, counts, floor }
}

/** The most that a video may have. */
function upperOf(list: TopList, videoId: string): number {
  const count = list.counts.get(videoId)
  return count === undefined ? list.floor : count + (list.slacks.get(videoId) ?? 0)
}

/** The sum of lists of different events. */
export function sumOf(lists: readonly TopList[]): TopList {
  if (lists.length <= 1) return lists[0] ?? EMPTY_LIST
  const sum = new ListSum()
  for (const list of lists) sum.add(list)
  return sum.list()
}

/** Adds up lists of different events, one at a time. */
export class ListSum {
  readonly #counts = new Map<string, number>()
  /** How far the upper bound of a listed video is below its count and the sum of all floors. */
  readonly #known = new Map<string, number>()
  #floor = 0
  #excess = 0

  add({ counts, slacks, floor, excess }: TopList): void {
    this.#floor += floor
    this.#excess += excess
    for (const [videoId, count] of counts) {
      this.#counts.set(videoId, (this.#counts.get(videoId) ?? 0) + count)
      const less = floor - (slacks.get(videoId) ?? 0)
      if (less !== 0) this.#known.set(videoId, (this.#known.get(videoId) ?? 0) + less)
    }
  }

  /** Nothing is to be added afterwards. */
  list(): TopList {
    const [counts, known, floor] = [this.#counts, this.#known, this.#floor]
    const isExact = floor === 0 && known.size === 0
    const slacks = isExact
      ? EMPTY_LIST.slacks
      : slacksOf(counts, (videoId) => floor - (known.get(videoId) ?? 0))
    return { counts, slacks, floor, excess: this.#excess }
  }
}

/** Of an earlier list and what came of the same events afterwards: a count of one may hold that of the other. */
export function overlapOf(earlier: TopList, later: TopList): TopList {
  if (later.counts.size === 0 && later.floor === 0) return earlier
  const counts = new Map(earlier.counts)
  for (const [videoId, count] of later.counts) counts.set(videoId, Math.max(counts.get(videoId) ?? 0, count))
  const slacks = slacksOf(
    counts,
    (videoId, count) => upperOf(earlier, videoId) + upperOf(later, videoId) - count,
  )
  return { counts, slacks, floor: earlier.floor + later.floor, excess: 0 }
}

/** What may be in a part of the time that a list covers. */
export function partOf(list: TopList): TopList {
  const counts = new Map<string, number>()
  for (const videoId of list.counts.keys()) counts.set(videoId, 0)
  return {
    counts,
    slacks: slacksOf(counts, (videoId) => upperOf(list, videoId)),
    floor: list.floor,
    excess: 0,
  }
}

/** The `videosMax` videos that may have most; what the others may have goes into the floor. */
export function cutTo(list: TopList, videosMax: number): TopList {
  const over = list.counts.size - videosMax
  if (over <= 0) return list
  const uppers = Float64Array.from(list.counts.keys(), (videoId) => upperOf(list, videoId)).sort()
  const floor = uppers[over - 1]!
  const counts = new Map<string, number>()
  /** Of those that equal the floor. */
  let room = videosMax - (uppers.length - 1 - uppers.lastIndexOf(floor))
  for (const [videoId, count] of list.counts) {
    const upper = upperOf(list, videoId)
    if (upper > floor || (upper === floor && room-- > 0)) counts.set(videoId, count)
  }
  const slacks = slacksOf(counts, (videoId) => list.slacks.get(videoId) ?? 0)
  return { counts, slacks, floor: Math.max(list.floor, floor), excess: list.excess }
}

/** With lower bounds that are not below 0, and no excess. */
export function settled({ counts, slacks, floor, excess }: TopList): TopList {
  const lower = new Map<string, number>()
  for (const [videoId, count] of counts) lower.set(videoId, Math.max(0, count - excess))
  const upper = (videoId: string) => Math.max(0, counts.get(videoId)! + (slacks.get(videoId) ?? 0))
  return {
    counts: lower,
    slacks: slacksOf(lower, (videoId, count) => upper(videoId) - count),
    floor: Math.max(0, floor),
    excess: 0,
  }
}

function slacksOf(
  counts: ReadonlyMap<string, number>,
  slackOf: (videoId: string, count: number) => number,
): Map<string, number> {
  const slacks = new Map<string, number>()
  for (const [videoId, count] of counts) {
    const slack = slackOf(videoId, count)
    if (slack > 0) slacks.set(videoId, slack)
  }
  return slacks
}
