// The rows that the sources of a deployment flush, second by second: which videos each has counted since its last
// flush. Pure.
import { minuteOf, SECOND_MS } from '../../model/bucket.ts'
import { kafkaPartition } from '../../model/murmur2.ts'
import { routeKey } from '../../model/route.ts'
import { seededRandom, zipf } from '../random.ts'
import type { Spread } from './tail-options.ts'

/** One row for each video: those that a source has counted in one minute since its last flush. */
export type Flush = { readonly source: number; readonly minute: number; readonly videos: readonly string[] }

export type FlushOptions = {
  readonly videos: number
  readonly spread: Spread
  /** Events a second of all sources together. */
  readonly rate: number
  readonly sources: number
  /** At least as many rows are made. */
  readonly rows: number
  readonly startMs: number
  readonly seed: number
}

export function makeFlushes(asked: FlushOptions): Flush[] {
  const { videos, spread, rate, sources, rows, startMs, seed } = asked
  const random = seededRandom(seed)
  const draw = spread === 'zipf' ? zipf(videos, random) : () => Math.floor(random() * videos)
  const flushes: Flush[] = []
  let made = 0
  for (let second = 0; made < rows; second++) {
    const minute = minuteOf(startMs + second * SECOND_MS)
    const seen = Array.from({ length: sources }, () => new Set<string>())
    for (let i = 0; i < rate; i++) {
      const videoId = videoName(draw())
      const key = Buffer.from(routeKey({ tenant: '', videoId }, minute))
      seen[kafkaPartition(key, sources)]!.add(videoId)
    }
    for (const [source, names] of seen.entries()) {
      flushes.push({ source, minute, videos: Array.from(names) })
      made += names.size
    }
  }
  return flushes
}

export function videoName(video: number): string {
  return `video-${video.toString().padStart(16, '0')}`
}
