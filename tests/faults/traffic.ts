// The events that are sent: popular videos and rare ones, some a minute old, copies among them, and now and then an
// event with its own video, so that its loss or doubling can be named. Pure.
import type { Random } from '../../simulator/random.ts'
import type { Sample } from './acknowledged-counts.ts'

export const TYPES = ['view', 'like', 'share'] as const
export const NAMED_TYPE = 'view'
export const NAMED_PREFIX = 'one.'

const VIDEOS = 400
const AGE_MS_MAX = 60_000
const OLD_SHARE = 0.2
const COPY_SHARE = 0.1
const NAMED_SHARE = 0.025
/** Copies are made of the latest events: about ten seconds of them. */
const REMEMBERED = 20_000
const THOUSANDTHS_MAX = 90_000

export type EventSource = Pick<Traffic, 'next'>

export class Traffic {
  readonly #random: Random
  readonly #recent: Sample[] = []
  #made = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** The next event, new or a copy of one that was made before. */
  next(nowMs: number): Sample {
    if (this.#recent.length > 0 && this.#random.chance(COPY_SHARE)) return this.#random.pick(this.#recent)
    const sample = this.#new(nowMs)
    this.#recent[this.#made % REMEMBERED] = sample
    this.#made++
    return sample
  }

  #new(nowMs: number): Sample {
    const random = this.#random
    const id = `e${this.#made}`
    const timeMs = nowMs - (random.chance(OLD_SHARE) ? random.int(0, AGE_MS_MAX) : 0)
    if (random.chance(NAMED_SHARE)) {
      return { id, videoId: NAMED_PREFIX + id, type: NAMED_TYPE, timeMs, thousandths: null }
    }
    const type = random.pick(TYPES)
    const thousandths = type === 'view' ? random.int(1, THOUSANDTHS_MAX) : null
    return { id, videoId: `video.${zipf(random, VIDEOS)}`, type, timeMs, thousandths }
  }
}

/** A number from 1 to `most`, where k has a probability proportional to about 1/k. */
function zipf(random: Random, most: number): number {
  return Math.floor((most + 1) ** random.next())
}
