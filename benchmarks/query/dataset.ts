// The counts during the benchmark: one video with events in every minute of a year, others with events in every tenth
// minute of the last weeks, and a crowd with events in every hour of the last day. The number of events of a minute
// is derived from the minute, so that every answer is known in advance. Pure.
import { MINUTES_PER_DAY, type MINUTES_PER_HOUR } from '../../model/bucket.ts'

export type Minute = { readonly minute: number; readonly count: number }

const OTHER_EVERY_MINUTES = 10
const CROWD_EVERY_MINUTES = 60
/** An event's value, in thousandths. */
export const VALUE = 1_000

export type DatasetOptions = {
  /** Without the crowd. */
  readonly videos: number
  readonly crowd: number
  readonly endMinute: number
  readonly daysOfFirst: number
  readonly daysOfOthers: number
}

export class Dataset {
  /** The first video has a year of minutes; the crowd is at the end. */
  readonly videoIds: readonly string[]
  readonly endMinute: number
  readonly #options: DatasetOptions
  /** By video, the events before each minute since its start. */
  readonly #before: readonly Float64Array[]

  constructor(options: DatasetOptions) {
    this.videoIds = Array.from({ length: options.videos + options.crowd }, (_, video) => `video-${video}`)
    this.endMinute = options.endMinute
    this.#options = options
    this.#before = this.videoIds.map((_, video) => this.#sums(video))
  }

  startOf(video: number): number {
    const { videos, daysOfFirst, daysOfOthers } = this.#options
    const days = video === 0 ? daysOfFirst : video < videos ? daysOfOthers : 1
    return this.endMinute - days * MINUTES_PER_DAY
  }

  stepOf(video: number): number {
    if (video === 0) return 1
    return video < this.#options.videos ? OTHER_EVERY_MINUTES : CROWD_EVERY_MINUTES
  }

  *minutes(video: number): Generator<Minute> {
    for (let minute = this.startOf(video); minute < this.endMinute; minute += this.stepOf(video)) {
      yield { minute, count: countAt(video, minute) }
    }
  }

  /** Whole hours or days of a video that have events, by their first minute. */
  *periods(video: number, length: typeof MINUTES_PER_HOUR | typeof MINUTES_PER_DAY): Generator<Minute> {
    const first = Math.floor(this.startOf(video) / length) * length
    for (let minute = first; minute < this.endMinute; minute += length) {
      yield { minute, count: this.count(video, minute, minute + length) }
    }
  }

  /** In [from, to) minutes. */
  count(video: number, from: number, to: number): number {
    const start = this.startOf(video)
    const at = (minute: number) => Math.min(Math.max(minute, start), this.endMinute) - start
    return this.#before[video]![at(to)]! - this.#before[video]![at(from)]!
  }

  get events(): number {
    return this.#before.reduce((sum, before) => sum + before.at(-1)!, 0)
  }

  #sums(video: number): Float64Array {
    const start = this.startOf(video)
    const step = this.stepOf(video)
    const before = new Float64Array(this.endMinute - start + 1)
    for (let i = 0; i < before.length - 1; i++) {
      before[i + 1] = before[i]! + (i % step === 0 ? countAt(video, start + i) : 0)
    }
    return before
  }
}

/** 1 to 7 events. */
function countAt(video: number, minute: number): number {
  return 1 + ((minute + video) % 7)
}
