// Adds up the minutes of a window. Whole hours are added up once and cached while no minute in them changes, so that
// a window of a day costs only its hours and the minutes at its edges.

import { RecentValues } from '../../lib/recent-values.ts'
import { MINUTES_PER_HOUR } from '../../model/bucket.ts'

/** The videos of one minute or hour. */
export type VideoCounts = {
  readonly counts: ReadonlyMap<string, number>
  /** The most that an absent video may have had. */
  readonly bound: number
}

export type Minutes = {
  /** The version of the minutes in [from, to) that hold anything: it rises whenever one of them changes. */
  versions(group: string, from: number, to: number): Promise<ReadonlyMap<number, number>>
  /** In the order of `minutes`; may include changes that are newer than the version. */
  load(group: string, minutes: readonly number[]): Promise<readonly VideoCounts[]>
}

type Kept = VideoCounts & { readonly version: number }
type Versions = ReadonlyMap<number, number>

/** Cached entries of all groups. About 50 bytes each. */
const KEPT_ENTRIES_MAX = 2_000_000

export class TopUnion {
  readonly #minutes: Minutes
  readonly #kept = new RecentValues<Kept>(KEPT_ENTRIES_MAX)

  constructor(minutes: Minutes) {
    this.#minutes = minutes
  }

  /** The sums of a tenant and type in [from, to) minutes. */
  async read(group: string, from: number, to: number): Promise<VideoCounts> {
    const versions = await this.#minutes.versions(group, from, to)
    const parts: VideoCounts[] = []
    for (let start = from; start < to; ) {
      const end = Math.min(to, (Math.floor(start / MINUTES_PER_HOUR) + 1) * MINUTES_PER_HOUR)
      const isWhole = end - start === MINUTES_PER_HOUR
      parts.push(
        await (isWhole ? this.#hour(group, start, versions) : this.#sum(group, start, end, versions)),
      )
      start = end
    }
    return sumOf(parts)
  }

  async #hour(group: string, start: number, versions: Versions): Promise<VideoCounts> {
    const end = start + MINUTES_PER_HOUR
    let version = 0 // versions only rise, so every change changes their sum
    for (let minute = start; minute < end; minute++) version += versions.get(minute) ?? 0
    const key = `hour\t${group}\t${start}`
    const kept = this.#kept.get(key)
    if (kept?.version === version) return kept
    const sum = await this.#sum(group, start, end, versions)
    this.#keep(key, version, sum)
    return sum
  }

  async #sum(group: string, from: number, to: number, versions: Versions): Promise<VideoCounts> {
    const parts: VideoCounts[] = []
    const missing: number[] = []
    for (let minute = from; minute < to; minute++) {
      const version = versions.get(minute)
      if (version === undefined) continue
      const kept = this.#kept.get(`${group}\t${minute}`)
      if (kept?.version === version) parts.push(kept)
      else missing.push(minute)
    }
    const loaded = missing.length === 0 ? [] : await this.#minutes.load(group, missing)
    for (const [i, counts] of loaded.entries()) {
      this.#keep(`${group}\t${missing[i]}`, versions.get(missing[i]!)!, counts)
    }
    return sumOf([...parts, ...loaded])
  }

  #keep(key: string, version: number, { counts, bound }: VideoCounts): void {
    this.#kept.set(key, { counts, bound, version }, 1 + counts.size)
  }
}

function sumOf(parts: readonly VideoCounts[]): VideoCounts {
  const [first] = parts
  if (parts.length === 1) return first!
  const counts = new Map<string, number>()
  for (const part of parts) {
    for (const [videoId, count] of part.counts) counts.set(videoId, (counts.get(videoId) ?? 0) + count)
  }
  return { counts, bound: parts.reduce((sum, { bound }) => sum + bound, 0) }
}
