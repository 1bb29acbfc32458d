// A quota of new (video, type) for each tenant and minute: each of them costs memory in counting and rows in the store,
// and a sender can name as many as it likes. What was seen in the last minutes is not new and costs nothing, so videos
// that are being watched are counted on while somebody floods their tenant.
import { getRandomValues } from 'node:crypto'
import { MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import type { Event } from '../../model/event.ts'
import { NAMES_MAX, RecentNames } from './recent-names.ts'

export interface NewVideos {
  /** Whether an event may be taken at this time, epoch milliseconds; its video and type are known from then on. */
  admits(event: Pick<Event, 'tenant' | 'videoId' | 'type'>, nowMs: number): boolean
}

export const ANY_NEW_VIDEO: NewVideos = { admits: () => true }

/** More would not be remembered for as long as the minute in which they are counted. */
export const NEW_VIDEOS_PER_MINUTE_MOST = NAMES_MAX

/** What this process grants by itself. Null: no limit. */
export function newVideoQuota(perMinuteMax: number | null): NewVideos {
  if (perMinuteMax === null) return ANY_NEW_VIDEO
  return new NewVideoQuota(perMinuteMax, new RecentNames(getRandomValues(new Uint32Array(2))))
}

export class NewVideoQuota implements NewVideos {
  readonly #perMinuteMax: number
  readonly #names: RecentNames
  #minute = 0
  /** In this minute, by tenant; tenants are as many as there are keys. */
  readonly #taken = new Map<string, number>()

  constructor(perMinuteMax: number, names: RecentNames) {
    this.#perMinuteMax = perMinuteMax
    this.#names = names
  }

  admits({ tenant, videoId, type }: Pick<Event, 'tenant' | 'videoId' | 'type'>, nowMs: number): boolean {
    const name = `${tenant}\n${videoId}\n${type}` // none of them holds a control character
    if (this.#names.has(name, nowMs)) return true
    const taken = this.#takenIn(minuteOf(nowMs), tenant)
    if (taken >= this.#perMinuteMax) return false
    this.#taken.set(tenant, taken + 1)
    this.#names.add(name, nowMs)
    return true
  }

  #takenIn(minute: number, tenant: string): number {
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#taken.clear()
    }
    return this.#taken.get(tenant) ?? 0
  }
}

/** How long a tenant that has used up its quota must wait, milliseconds. */
export function untilNextMinuteMs(nowMs: number): number {
  return (minuteOf(nowMs) + 1) * MINUTE_MS - nowMs
}
