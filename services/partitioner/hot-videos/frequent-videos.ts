// Which videos most events name, in bounded memory: the counters of Misra and Gries (1982) with weights, thinned out by
// the median as in Anderson et al., "A High-Performance Algorithm for Identifying Frequent Items in Data Streams"
// (2017). Pure.

/** With the text of their names about a megabyte; a video with more than 0.1 % of all events is never missed. */
const VIDEOS_MAX = 2_048

export class FrequentVideos {
  readonly #videosMax: number
  readonly #counts = new Map<string, number>()
  #events = 0
  #missedMax = 0

  constructor(videosMax = VIDEOS_MAX) {
    this.#videosMax = videosMax
  }

  /** Takes note of some events of one video. */
  add(video: string, events: number): void {
    this.#events += events
    const count = this.#counts.get(video)
    if (count === undefined && this.#counts.size >= this.#videosMax) this.#thinOut()
    this.#counts.set(video, (count ?? 0) + events)
  }

  /** All events so far, exactly. */
  get events(): number {
    return this.#events
  }

  /** How many videos are remembered at the moment. */
  get size(): number {
    return this.#counts.size
  }

  /** By how much `atMost` may exceed the truth: no more than two events for each `videosMax` that were noted. */
  get errorMax(): number {
    return this.#missedMax
  }

  /**
   * For each remembered video the most events that it may have had, which is never less than the truth. A video that is
   * not remembered had at most `errorMax`.
   */
  atMost(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.#counts, ([video, count]) => [video, count + this.#missedMax]))
  }

  /** Takes the median from all counters, and forgets the videos that have nothing left: at least half of them. */
  #thinOut(): void {
    const counts = Float64Array.from(this.#counts.values()).sort()
    const median = counts[counts.length >> 1]!
    this.#missedMax += median
    for (const [video, count] of this.#counts) {
      if (count <= median) this.#counts.delete(video)
      else this.#counts.set(video, count - median)
    }
  }
}
