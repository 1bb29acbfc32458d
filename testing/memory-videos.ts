// Videos in memory: the reference form, for tests.

import { byBytes, firstMatch, type Place, STAGES } from '../stores/videos/search-place.ts'
import { folded, wordStarts } from '../stores/videos/title-words.ts'
import type { FoundPage, FoundVideo, Video, VideoReader, VideoWriter } from '../stores/videos/videos.ts'

export class MemoryVideos implements VideoReader, VideoWriter {
  readonly #tenants = new Map<string, Map<string, Video>>()

  async find(tenant: string, videoId: string): Promise<Video | null> {
    return this.#tenants.get(tenant)?.get(videoId) ?? null
  }

  async search(
    tenant: string,
    prefix: string,
    limit: number,
    after: Place | null = null,
  ): Promise<FoundPage> {
    const all = this.#videosOf(tenant).flatMap(({ videoId, video }) => {
      const first = firstMatch(prefix, videoId, video)
      if (first === null) return []
      const { stage, start } = first
      const names = { id: [], title: [start], channel: [start, video.channel] }[stage]
      return [{ videoId, video, place: { stage, text: [...names, videoId].join('\u0000') } }]
    })
    all.sort((a, b) => inOrder(a.place, b.place))
    const rest = all.filter(({ place }) => after === null || inOrder(place, after) > 0)
    const videos = rest.slice(0, limit)
    return {
      videos: videos.map(({ videoId, video }) => ({ videoId, video })),
      next: rest.length > limit ? videos.at(-1)!.place : null,
    }
  }

  async channels(tenant: string, prefix: string, limit: number): Promise<readonly string[]> {
    const text = folded(prefix)
    const names = this.#videosOf(tenant).flatMap(({ video: { channel } }) => channel ?? [])
    const matches = Array.from(new Set(names)).flatMap((channel) => {
      const starts = wordStarts(channel).filter((start) => text !== '' && start.startsWith(text))
      return starts.map((start) => `${start}\u0000${channel}`)
    })
    const found = new Set(matches.sort(byBytes).map((match) => match.split('\u0000')[1]!))
    return Array.from(found).slice(0, limit)
  }

  async channelVideos(tenant: string, channel: string, limit: number): Promise<readonly string[]> {
    const ids = this.#videosOf(tenant).filter(({ video }) => video.channel === channel)
    return ids
      .map(({ videoId }) => videoId)
      .sort(byBytes)
      .slice(0, limit)
  }

  #videosOf(tenant: string): FoundVideo[] {
    return Array.from(this.#tenants.get(tenant) ?? [], ([videoId, video]) => ({ videoId, video }))
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

function inOrder(a: Place, b: Place): number {
  return STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage) || byBytes(a.text, b.text)
}
