// Metadata of videos, for people to read. Counting does not depend on it.

export type Video = {
  readonly title: string
  readonly channel: string | null
  readonly durationSeconds: number | null
  /** Epoch ms. */
  readonly publishedMs: number | null
}

export type FoundVideo = { readonly videoId: string; readonly video: Video }

/** Reads use this machine's own disk or memory, never the network. Rejections are temporary: try again. */
export interface VideoReader {
  /** Null if nothing is known. */
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
 * stored later wins, everywhere. After a rejection the outcome is unknown; repeating the call is safe.
 */
export interface VideoWriter {
  put(tenant: string, videoId: string, video: Video): Promise<void>
  /** Many at once, in this order: of two changes of a video the later one wins. After a rejection some may be there. */
  putAll(tenant: string, videos: readonly FoundVideo[]): Promise<void>
  /** Not an error if there is none. */
  remove(tenant: string, videoId: string): Promise<void>
}
