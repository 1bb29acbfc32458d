// The events that are sent: some current, some hours old, copies of both, and bad ones that the front door must
// refuse. Pure.
import type { TallyEvent } from '../../sdk/src/index.ts'
import type { Random } from '../../simulator/random.ts'
import type { Sample } from '../faults/acknowledged-counts.ts'
import { type Attributes, drawAttributes } from './attributes.ts'

export const VIDEOS = 25
export const TYPES = ['view', 'like', 'watch'] as const
const COPY_SHARE = 0.1
const LATE_SHARE = 0.05
const BAD_SHARE = 0.01
/** Far from the horizon on both sides, however long a kill delays events. */
export const HORIZON_MS = 120_000
const FRESH_MS_MAX = 10_000
const LATE_MS_LEAST = 7 * 60_000
const LATE_MS_MOST = 6 * 3_600_000
const COPIED_MAX = 20_000
const THOUSANDTHS_MAX = 90_000

type Kind = 'fresh' | 'late' | 'bad'
export type Sent = {
  readonly kind: Kind
  readonly event: TallyEvent
  readonly sample: Sample | null
  readonly attributes: Attributes
}

/** What is wrong with a bad event, and its expected rejection code. */
const BAD: readonly (readonly [string, (nowMs: number) => object])[] = [
  ['invalid_id', () => ({ id: 'not an id' })],
  ['invalid_video_id', () => ({ videoId: '' })],
  ['invalid_type', () => ({ type: 'View' })],
  ['invalid_time', () => ({ time: 'yesterday' })],
  ['time_in_future', (nowMs) => ({ time: nowMs + 3_600_000 })],
  ['time_too_old', (nowMs) => ({ time: nowMs - 400 * 86_400_000 })],
  ['invalid_value', () => ({ value: 2e9 })],
  ['unknown_field', () => ({ colour: 'red' })],
]

export class Traffic {
  /** How many bad events were made, by expected code. */
  readonly bad = new Map<string, number>()
  readonly #random: Random
  readonly #old: Sent[] = []
  #made = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** The next event: new, bad, or a copy of one that was made a short while before. */
  next(nowMs: number): Sent {
    const random = this.#random
    if (random.chance(BAD_SHARE)) return this.#bad(nowMs)
    if (this.#old.length > 0 && random.chance(COPY_SHARE)) return random.pick(this.#old)
    const sent = this.#new(nowMs)
    this.#old[this.#made % COPIED_MAX] = sent
    this.#made++
    return sent
  }

  #new(nowMs: number): Sent {
    const random = this.#random
    const kind = random.chance(LATE_SHARE) ? 'late' : 'fresh'
    const ageMs = kind === 'late' ? random.int(LATE_MS_LEAST, LATE_MS_MOST) : random.int(0, FRESH_MS_MAX)
    const sample = {
      id: `e${this.#made}`,
      videoId: `video.${random.int(1, VIDEOS)}`,
      type: random.pick(TYPES),
      timeMs: nowMs - ageMs,
      thousandths: random.chance(0.5) ? random.int(-THOUSANDTHS_MAX, THOUSANDTHS_MAX) : null,
    }
    const attributes = drawAttributes(random)
    return { kind, event: { ...eventOf(sample), attributes }, sample, attributes }
  }

  #bad(nowMs: number): Sent {
    const [code, wrong] = this.#random.pick(BAD)
    this.bad.set(code, (this.bad.get(code) ?? 0) + 1)
    const { event, attributes } = this.#new(nowMs)
    return { kind: 'bad', event: { ...event, ...wrong(nowMs) } as TallyEvent, sample: null, attributes }
  }
}

function eventOf({ id, videoId, type, timeMs, thousandths }: Sample): TallyEvent {
  const event = { id, videoId, type, time: timeMs }
  return thousandths === null ? event : { ...event, value: thousandths / 1_000 }
}
