// What arrives while routing is measured: events of some minutes, and copies of some of them a while later.
import { MINUTE_MS } from '../../model/bucket.ts'
import type { Routed } from '../../model/route.ts'
import type { Random } from '../random.ts'

export type Arrival = { readonly atMs: number; readonly event: Routed; readonly isCopy: boolean }

/** `zipf`: the k-th video has 1/k of the views of the first. `viral`: one video more, with most of all events. */
export type Kind = 'zipf' | 'viral'

export const MINUTES = 15
const EVENTS_A_MINUTE = 12_000
const VIRAL_SHARE = 0.8
const VIDEOS = 10_000
const COPIES = 0.05
const COPY_DELAY_MS_MAX = 5 * MINUTE_MS

/** In order of arrival. Events of a channel's video name the channel. */
export function drawMinutes(random: Random, kind: Kind): Arrival[] {
  const videos = new Zipf(VIDEOS)
  const arrivals: Arrival[] = []
  const total = MINUTES * EVENTS_A_MINUTE
  for (let i = 0; i < total; i++) {
    const timeMs = Math.floor((i / EVENTS_A_MINUTE) * MINUTE_MS)
    const isViral = kind === 'viral' && random.chance(VIRAL_SHARE)
    const videoId = isViral ? 'viral' : `video-${videos.draw(random)}`
    const channelId = videoId === hottest(kind) ? 'hot-channel' : null
    const event = { tenant: '', videoId, id: `e-${i}`, channelId, timeMs }
    arrivals.push({ atMs: timeMs, event, isCopy: false })
    if (random.chance(COPIES))
      arrivals.push({ atMs: timeMs + random.int(1, COPY_DELAY_MS_MAX), event, isCopy: true })
  }
  return arrivals.sort((a, b) => a.atMs - b.atMs)
}

function hottest(kind: Kind): string {
  return kind === 'viral' ? 'viral' : 'video-1'
}

class Zipf {
  readonly #upTo: Float64Array

  constructor(size: number) {
    this.#upTo = new Float64Array(size)
    let sum = 0
    for (let i = 0; i < size; i++) {
      sum += 1 / (i + 1)
      this.#upTo[i] = sum
    }
  }

  /** From 1 on. */
  draw(random: Random): number {
    const at = random.next() * this.#upTo.at(-1)!
    let low = 0
    let high = this.#upTo.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#upTo[middle]! < at) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}
