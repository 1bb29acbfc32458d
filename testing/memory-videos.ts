// Videos in memory: the reference form, for tests.

import { folded, wordStarts } from '../stores/videos/title-words.ts'
import type { FoundVideo, Video, VideoReader, VideoWriter } from '../stores/videos/videos.ts'

export class MemoryVideos implements VideoReader, VideoWriter {
  readonly #tenants = new Map<string, Map<string, Video>>()

  async find(tenant: string, videoId: string): Promise<Video | null> {
    return this.#tenants.get(tenant)?.get(videoId) ?? null
  }

  async search(tenant: string, prefix: string, limit: number): Promise<readonly FoundVideo[]> {
    const videos = Array.from(this.#tenants.get(tenant) ?? [], ([videoId, video]) => ({ videoId, video }))
    const byId = videos
      .filter(({ videoId }) => videoId.startsWith(prefix))
      .sort(byText(({ videoId }) => videoId))
    const text = folded(prefix)
    const byTitle = videos
      .flatMap((found) => wordStarts(found.video.title).map((start) => ({ found, start })))
      .filter(({ start }) => text !== '' && start.startsWith(text))
      .sort(byText(({ start, found }) => `${start}\u0000${found.videoId}`))
      .map(({ found }) => found)
    return Array.from(new Set([...byId, ...byTitle])).slice(0, limit)
  }

  async put(tenant: string, videoId: string, video: Video): Promise<void> {
    this.#tenants.getOrInsertComputed(tenant, () => new Map()).set(videoId, video)
  }

  async putAll(tenant: string, videos: readonly FoundVideo[]): Promise<void> {
    for (const { videoId, video } of videos) await this.put(tenant, videoId, video)
  }

  async remove(tenant: string, videoId: string): Promise<void> {
    this.#tenants.get(tenant)?.delete(videoId)
  }
}

/** In the order of UTF-8 bytes, as databases sort. */
function byText<T>(textOf: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => Buffer.compare(Buffer.from(textOf(a)), Buffer.from(textOf(b)))
}
