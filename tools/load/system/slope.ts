// Detects growing memory: fits a line to the floor of the resident memory after the warm-up, that is from when the
// window of remembered ids is full for the first time. Pure.

import { HOUR_MS, MINUTE_MS } from '../../../model/bucket.ts'
import type { Look } from './look.ts'

/** Ids are remembered for the horizon of ten minutes and some slack. */
const WARM_AFTER_MS = 15 * MINUTE_MS
/** Over a shorter time, noise would exceed growth. */
const SPAN_MIN_MS = 20 * MINUTE_MS

type Place = { readonly atMs: number; readonly rssMib: number }

/** A sentence about the longest run of the process. */
export function rssSlope(looks: readonly Look[]): string {
  const slope = rssSlopePerHour(looks)
  if (slope === null) return 'too short a life to tell growth'
  return `${slope >= 0 ? '+' : ''}${(slope * 100).toFixed(2)} % an hour after warm-up`
}

/** The relative growth of memory per hour; null if no run of the process was long enough. */
export function rssSlopePerHour(looks: readonly Look[]): number | null {
  const lives = livesOf(looks).map((life) => life.filter(({ atMs }) => atMs >= life[0]!.atMs + WARM_AFTER_MS))
  const longest = lives.sort((a, b) => span(b) - span(a))[0] ?? []
  return span(longest) < SPAN_MIN_MS ? null : slopeOf(longest)
}

/** CPU seconds that decrease mean that the process was restarted. */
function livesOf(looks: readonly Look[]): Place[][] {
  const lives: Place[][] = []
  let cpuBefore = Number.POSITIVE_INFINITY
  for (const { atMs, rssMib, cpuS } of looks) {
    if (rssMib === null || cpuS === null) continue
    if (cpuS < cpuBefore) lives.push([])
    cpuBefore = cpuS
    lives.at(-1)!.push({ atMs, rssMib })
  }
  return lives
}

/**
 * The slope of the floor, relative to it: garbage collection and pauses raise memory for seconds, a leak raises the
 * least of every minute. The median of the slopes between any two minutes (Theil-Sen) ignores single ones that differ.
 */
function slopeOf(places: readonly Place[]): number {
  const floor = floorOf(places)
  const slopes = floor.flatMap((a, at) =>
    floor.slice(at + 1).map((b) => (b.rssMib - a.rssMib) / (b.atMs - a.atMs)),
  )
  return (median(slopes) * HOUR_MS) / median(floor.map(({ rssMib }) => rssMib))
}

/** The place of least memory of every minute. */
function floorOf(places: readonly Place[]): Place[] {
  const floor = new Map<number, Place>()
  for (const place of places) {
    const minute = Math.floor((place.atMs - places[0]!.atMs) / MINUTE_MS)
    if (place.rssMib < (floor.get(minute)?.rssMib ?? Number.POSITIVE_INFINITY)) floor.set(minute, place)
  }
  return [...floor.values()]
}

function span(places: readonly Place[]): number {
  return places.length < 2 ? 0 : places.at(-1)!.atMs - places[0]!.atMs
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
