// What is sent: ordinary videos, and for a while one that has most of all events. Some events are sent again minutes
// later, so that copies cross every change of the layout. Pure.
import { MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import type { Random } from '../../simulator/random.ts'

export const HOT = 'hot'
/** The share of the hot video while it is viral. */
export const HOT_SHARE = 0.8
const VIDEOS = 2_000
const COPY_SHARE = 0.02
/** Younger than the horizon, so that copies must be recognised and not only recounted. */
const COPY_AGE_MS_MAX = 8 * MINUTE_MS

type Sample = { readonly id: string; readonly videoId: string; readonly timeMs: number }

export class HotTraffic {
  /** How many events each video has in each minute, by `video minute`; copies count once. */
  readonly truth = new Map<string, number>()
  readonly videoIds = new Set<string>()
  isViral = false
  made = 0
  copies = 0
  readonly #random: Random
  /** By the second in which they are due. */
  readonly #copies = new Map<number, Sample[]>()
  #second: number | null = null

  constructor(random: Random) {
    this.#random = random
  }

  /** New events, and the copies that are due. */
  next(events: number, nowMs: number): Sample[] {
    const batch = Array.from({ length: events }, () => this.#new(nowMs))
    const second = Math.floor(nowMs / 1_000)
    for (let due = this.#second ?? second; due < second; due++) {
      const copies = this.#copies.get(due) ?? []
      this.#copies.delete(due)
      this.copies += copies.length
      batch.push(...copies)
    }
    this.#second = second
    return batch
  }

  #new(nowMs: number): Sample {
    const random = this.#random
    const isHot = this.isViral && random.chance(HOT_SHARE)
    const videoId = isHot ? HOT : `v${Math.floor((VIDEOS + 1) ** random.next())}`
    const sample = { id: `e${this.made++}`, videoId, timeMs: nowMs }
    const key = `${videoId} ${minuteOf(nowMs)}`
    this.truth.set(key, (this.truth.get(key) ?? 0) + 1)
    this.videoIds.add(videoId)
    if (random.chance(COPY_SHARE)) {
      const due = Math.floor((nowMs + random.int(0, COPY_AGE_MS_MAX)) / 1_000)
      const others = this.#copies.get(due)
      if (others === undefined) this.#copies.set(due, [sample])
      else others.push(sample)
    }
    return sample
  }
}
