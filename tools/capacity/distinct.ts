// How many different (video, type) pairs a number of events is about: how many rows they make. Pure.
import type { Load } from './load.ts'

/** Ranks are added up in steps of one percent of the rank. */
const STEP = 0.01

/** Among so many events that fall on videos and types as the load says. */
export function distinct(
  { videos, types, spread }: Pick<Load, 'videos' | 'types' | 'spread'>,
  events: number,
): number {
  const of = spread === 'zipf' ? distinctByZipf : distinctByUniform
  return types.reduce((sum, share) => sum + of(events * share, videos), 0)
}

/**
 * Where the video of rank i gets a share of 1/i (Zipf's law with exponent 1, as views of large catalogues are near to):
 * the expected number of videos with at least one event.
 */
export function distinctByZipf(events: number, videos: number): number {
  const sumOfShares = harmonic(videos)
  let distinct = 0
  for (let rank = 1; rank <= videos; ) {
    const next = Math.min(videos + 1, rank + Math.max(1, Math.floor(rank * STEP)))
    const middle = (rank + next - 1) / 2
    distinct += (next - rank) * (1 - Math.exp(-events / (middle * sumOfShares)))
    rank = next
  }
  return distinct
}

/** Where all videos are watched equally often, which makes the most rows. */
export function distinctByUniform(events: number, videos: number): number {
  return videos * (1 - Math.exp(-events / videos))
}

/** 1 + 1/2 + … + 1/n. */
export function harmonic(n: number): number {
  const exact = Math.min(n, 1_000)
  let sum = 0
  for (let i = 1; i <= exact; i++) sum += 1 / i
  return sum + Math.log((n + 0.5) / (exact + 0.5))
}
