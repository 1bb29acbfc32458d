// Which parts of a video were played, each counted once.

/** From, to: seconds of the video. */
export type Range = readonly [number, number]

/** Parts that are this close are one: where a seek left the video is known to a quarter of a second only. */
const JOIN_S = 0.25
/** The oldest part is forgotten beyond these, so that a viewer who seeks all day costs no memory. */
export const RANGES_MAX = 500

/** The ranges with one more, those that it touches joined with it. */
export function addRange(ranges: readonly Range[], [from, to]: Range): readonly Range[] {
  const apart = ranges.filter((range) => {
    if (range[0] > to + JOIN_S || range[1] < from - JOIN_S) return true
    from = Math.min(from, range[0])
    to = Math.max(to, range[1])
    return false
  })
  return [...apart.slice(1 - RANGES_MAX), [from, to]]
}

export function totalS(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0)
}
