// The videos that are watched at a point in time, with something about each, in a room that all tenants share.

/** Videos of all tenants that are watched at the same time, as far as one process knows. */
export const VIDEOS_MAX = 20_000

export class WatchedVideos<T> {
  readonly #tenants = new Map<string, Map<string, T>>()
  #videos = 0

  get(tenant: string, videoId: string): T | undefined {
    return this.#tenants.get(tenant)?.get(videoId)
  }

  /**
   * For a video that is not there yet. Where the room is full, the tenant with most videos gives one up: whoever makes
   * up many, with a key that stands in a page, takes no room from others. Fails where that is the tenant itself.
   */
  add(tenant: string, videoId: string, value: T): void {
    const watched = this.#tenants.get(tenant) ?? new Map<string, T>()
    if (this.#videos >= VIDEOS_MAX) this.#makeRoom(watched)
    this.#tenants.set(tenant, watched)
    watched.set(videoId, value)
    this.#videos++
  }

  #makeRoom(asking: Map<string, T>): void {
    let largest = asking
    for (const one of this.#tenants.values()) if (one.size > largest.size) largest = one
    if (largest === asking) throw new Error(`more than ${VIDEOS_MAX} videos are watched`)
    const [first] = largest.keys()
    largest.delete(first!)
    this.#videos--
  }
}
