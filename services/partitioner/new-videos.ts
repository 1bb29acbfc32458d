// A quota of new (video, type) pairs for each tenant and minute: each pair costs memory in processing and rows in the
// store, and a sender can invent as many as it likes. A pair that was seen in the last minutes is not new and costs
// nothing, so videos that are being watched are still counted while somebody floods their tenant.
import { getRandomValues } from 'node:crypto'
import { MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import type { Event } from '../../model/event.ts'
import { NAMES_MAX, RecentNames } from './recent-names.ts'

export interface NewVideos {
  /** Whether an event may be accepted at this time, epoch milliseconds; its video and type then count as known. */
  admits(event: NamedVideo, nowMs: number): boolean
  /** The same answers from now on, without any effect on those of others. */
  trial(): Pick<NewVideos, 'admits'>
}

type NamedVideo = Pick<Event, 'tenant' | 'videoId' | 'type'>

export const ANY_NEW_VIDEO: NewVideos = { admits: () => true, trial: () => ANY_NEW_VIDEO }

/** More names could not be remembered for the whole minute in which they are counted. */
export const NEW_VIDEOS_PER_MINUTE_MOST = NAMES_MAX

/** The quota of this process alone. Null: no limit. */
export function newVideoQuota(perMinuteMax: number | null): NewVideos {
  if (perMinuteMax === null) return ANY_NEW_VIDEO
  return new NewVideoQuota(perMinuteMax, new RecentNames(getRandomValues(new Uint32Array(2))))
}

export class NewVideoQuota implements NewVideos {
  readonly #perMinuteMax: number
  readonly #names: RecentNames
  #minute = 0
  /** New pairs of this minute, by tenant; there are as many tenants as API keys. */
  readonly #taken = new Map<string, number>()

  constructor(perMinuteMax: number, names: RecentNames) {
    this.#perMinuteMax = perMinuteMax
    this.#names = names
  }

  admits(video: NamedVideo, nowMs: number): boolean {
    const name = nameOf(video)
    if (this.#names.has(name, nowMs)) return true
    const taken = this.#takenIn(minuteOf(nowMs), video.tenant)
    if (taken >= this.#perMinuteMax) return false
    this.#taken.set(video.tenant, taken + 1)
    this.#names.add(name, nowMs)
    return true
  }

  trial(): Pick<NewVideos, 'admits'> {
    const tried = new Set<string>()
    return {
      admits: (video, nowMs) => {
        const name = nameOf(video)
        if (tried.has(name) || this.#names.isKnown(name, nowMs)) return true
        const taken = this.#takenIn(minuteOf(nowMs), video.tenant)
        if (taken + tried.size >= this.#perMinuteMax) return false
        tried.add(name)
        return true
      },
    }
  }

  #takenIn(minute: number, tenant: string): number {
    if (minute > this.#minute || minute < this.#minute - 1) {
      // by an order that waited it is the minute before
      this.#minute = minute
      this.#taken.clear()
    }
    return this.#taken.get(tenant) ?? 0
  }
}

function nameOf({ tenant, videoId, type }: NamedVideo): string {
  return `${tenant}\n${videoId}\n${type}` // none of them holds a control character
}

/** How long a tenant that has used up its quota must wait, milliseconds. */
export function untilNextMinuteMs(nowMs: number): number {
  return (minuteOf(nowMs) + 1) * MINUTE_MS - nowMs
}
