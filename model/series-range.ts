// Ranges of series, by which the recount of an hour is shared. They are cut between videos, in the order of
// compareSeries, so that all types of a video stay together. Pure.
import type { VideoName } from './bucket.ts'
import { compareSeries } from './series-order.ts'

/** Half-open: the videos from `from` on, up to but without `to`; null: no bound. */
export type SeriesRange = { readonly from: VideoName | null; readonly to: VideoName | null }

export const ALL_SERIES: SeriesRange = { from: null, to: null }

export function isAllSeries({ from, to }: SeriesRange): boolean {
  return from === null && to === null
}

export function isInRange({ from, to }: SeriesRange, video: VideoName): boolean {
  return (from === null || compareVideos(video, from) >= 0) && (to === null || compareVideos(video, to) < 0)
}

/** The parts into which keys cut a range. The keys are in order, each once, and inside the range. */
export function cutAt({ from, to }: SeriesRange, keys: readonly VideoName[]): SeriesRange[] {
  const ends = [from, ...keys, to]
  return ends.slice(1).map((end, i) => ({ from: ends[i]!, to: end }))
}

/** Whether ranges hold every series exactly once. */
export function isWhole(ranges: readonly SeriesRange[]): boolean {
  const sorted = ranges.toSorted((a, b) => compareStarts(a.from, b.from))
  return (
    sorted.length > 0 &&
    sorted[0]!.from === null &&
    sorted.at(-1)!.to === null &&
    sorted.every(({ to }, i) => i === sorted.length - 1 || isSameKey(to, sorted[i + 1]!.from))
  )
}

/** Of the videos of some events, at most `parts - 1` that cut them into parts of about the same number of events. */
export function keysThatCut(videos: readonly VideoName[], parts: number): VideoName[] {
  const sorted = videos.toSorted(compareVideos)
  const keys: VideoName[] = []
  for (let part = 1; part < parts; part++) {
    const key = sorted[Math.floor((part * sorted.length) / parts)]
    if (key !== undefined && compareVideos(key, keys.at(-1) ?? sorted[0]!) > 0) keys.push(key)
  }
  return keys
}

export function compareVideos(a: VideoName, b: VideoName): number {
  return compareSeries({ ...a, type: '' }, { ...b, type: '' })
}

function compareStarts(a: VideoName | null, b: VideoName | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  return compareVideos(a, b)
}

/** Two open ends are no place where ranges meet. */
function isSameKey(a: VideoName | null, b: VideoName | null): boolean {
  return a !== null && b !== null && compareVideos(a, b) === 0
}
