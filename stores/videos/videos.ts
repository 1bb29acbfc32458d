// What is known of videos beside their counts, for people to read. Nothing that is counted depends on it.

export type Video = {
  readonly title: string
  readonly channel: string | null
  readonly durationSeconds: number | null
  /** Epoch ms. */
  readonly publishedMs: number | null
}

export type FoundVideo = { readonly videoId: string; readonly video: Video }

/** Reads are of this machine's own disk or memory: no network is waited for. Rejections are temporary: try again. */
export interface VideoReader {
  /** Null where nothing is known. */
  find(tenant: string, videoId: string): Promise<Video | null>
  /**
   * At most `limit` videos of which the id, the title, or the title from one of its first words on starts with
   * `prefix`; case does not matter in titles. Those found by id come first, then by title in the order of what was
   * matched; no video comes twice. An empty prefix finds all, by id.
   */
  search(tenant: string, prefix: string, limit: number): Promise<readonly FoundVideo[]>
}

/**
 * Resolved means durable, and visible to the reader of this process. Of two changes of a video the one that was
 * stored later stays, everywhere. A rejection leaves open whether the change will be seen; to repeat it is safe.
 */
export interface VideoWriter {
  put(tenant: string, videoId: string, video: Video): Promise<void>
  /** No error where there is none. */
  remove(tenant: string, videoId: string): Promise<void>
}
