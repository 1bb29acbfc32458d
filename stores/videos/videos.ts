// Metadata of videos, for people to read. Counting does not depend on it.

import type { Place } from './search-place.ts'

export type Video = {
  readonly title: string
  readonly channel: string | null
  readonly durationSeconds: number | null
  /** Epoch ms. */
  readonly publishedMs: number | null
}

export type FoundVideo = { readonly videoId: string; readonly video: Video }

export type FoundPage = {
  readonly videos: readonly FoundVideo[]
  /** Null if there are no more. */
  readonly next: Place | null
}

/** Videos that one page of a search looks at, or a few more. */
export const LOOKED_MAX = 1_024

/**
 * Rejections are temporary: try again. What is not known to be missing is a rejection, and never null. On a cluster a
 * reader may show an earlier title for some seconds after another process has changed it.
 */
export interface VideoReader {
  /** Null if nothing is known. */
  find(tenant: string, videoId: string): Promise<Video | null>
  /**
   * At most `limit` videos of which the id, or the title or the channel from one of its first words on, starts with
   * `prefix`; case and accents do not matter in titles and channels. Those found by id come first, then by title, then
   * by channel, in the order of what was matched; no video comes twice. An empty prefix finds all, by id. `after` is
   * `next` of the page before; videos that change meanwhile may be missing or come again. A page looks at LOOKED_MAX
   * places of an index: it may have fewer videos than `limit`, or none, and a `next`.
   */
  search(tenant: string, prefix: string, limit: number, after?: Place | null): Promise<FoundPage>
  /** At most `limit` channels that start with `prefix` in the same way, in the order of what was matched. */
  channels(tenant: string, prefix: string, limit: number): Promise<readonly string[]>
  /**
   * At most `limit` videos of a channel that a search for `prefix` finds, in the order of their ids. `after` is `next`
   * of the page before. Here too a page may have fewer than `limit`, or none, and a `next`.
   */
  searchChannel(
    tenant: string,
    channel: string,
    prefix: string,
    limit: number,
    after?: Place | null,
  ): Promise<FoundPage>
  /** The ids of at most `limit` videos of a channel, in order. */
  channelVideos(tenant: string, channel: string, limit: number): Promise<readonly string[]>
}

/**
 * Resolved means durable, and visible to the reader of this process. Of two changes of a video the one that was
 * stored later wins, everywhere. After a rejection the outcome is unknown; repeating the call is safe.
 */
export interface VideoWriter {
  put(tenant: string, videoId: string, video: Video): Promise<void>
  /** Many at once, in this order: of two changes of a video the later one wins. After a rejection some may be there. */
  putAll(tenant: string, videos: readonly FoundVideo[]): Promise<void>
  /** With all annotations of the video. Not an error if there is none. */
  remove(tenant: string, videoId: string): Promise<void>
}
