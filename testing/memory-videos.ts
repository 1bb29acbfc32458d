// Videos in memory: the reference form, for tests.

import {
  type Annotation,
  type AnnotationReader,
  type AnnotationWriter,
  inTime,
} from '../stores/videos/annotations.ts'
import { byBytes, firstMatch, type Place, STAGES } from '../stores/videos/search-place.ts'
import { folded, wordStarts } from '../stores/videos/title-words.ts'
import {
  type FoundPage,
  type FoundVideo,
  LOOKED_MAX,
  type Video,
  type VideoReader,
  type VideoWriter,
} from '../stores/videos/videos.ts'

export class MemoryVideos implements VideoReader, VideoWriter, AnnotationReader, AnnotationWriter {
  readonly #tenants = new Map<string, Map<string, Video>>()
  /** By tenant and video, then by id. */
  readonly #annotations = new Map<string, Map<string, Map<string, Annotation>>>()

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

  async searchChannel(
    tenant: string,
    channel: string,
    prefix: string,
    limit: number,
    after: Place | null = null,
  ): Promise<FoundPage> {
    const rest = this.#ofChannel(tenant, channel).filter(
      ({ videoId }) => after === null || byBytes(videoId, after.text) > 0,
    )
    const looked = rest.slice(0, LOOKED_MAX)
    const found = looked.filter(({ videoId, video }) => firstMatch(prefix, videoId, video) !== null)
    const past = found[limit]
    const end = past === undefined ? looked.length : looked.indexOf(past)
    const isWhole = past === undefined && rest.length < LOOKED_MAX
    return {
      videos: found.slice(0, limit),
      next: isWhole ? null : { stage: 'id', text: looked[end - 1]!.videoId },
    }
  }

  async channelVideos(tenant: string, channel: string, limit: number): Promise<readonly string[]> {
    return this.#ofChannel(tenant, channel)
      .map(({ videoId }) => videoId)
      .slice(0, limit)
  }

  #ofChannel(tenant: string, channel: string): FoundVideo[] {
    return this.#videosOf(tenant)
      .filter(({ video }) => video.channel === channel)
      .sort((a, b) => byBytes(a.videoId, b.videoId))
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
    this.#annotations.get(tenant)?.delete(videoId)
  }

  async annotations(tenant: string, videoId: string): Promise<readonly Annotation[]> {
    return Array.from(this.#annotations.get(tenant)?.get(videoId)?.values() ?? []).sort(inTime)
  }

  async annotationCount(tenant: string, most: number): Promise<number> {
    const ofVideos = Array.from(this.#annotations.get(tenant)?.values() ?? [], ({ size }) => size)
    return Math.min(
      most,
      ofVideos.reduce((sum, size) => sum + size, 0),
    )
  }

  async annotate(tenant: string, videoId: string, annotation: Annotation): Promise<void> {
    this.#annotations
      .getOrInsertComputed(tenant, () => new Map())
      .getOrInsertComputed(videoId, () => new Map())
      .set(annotation.annotationId, annotation)
  }

  async removeAnnotation(tenant: string, videoId: string, annotationId: string): Promise<void> {
    this.#annotations.get(tenant)?.get(videoId)?.delete(annotationId)
  }
}

function inOrder(a: Place, b: Place): number {
  return STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage) || byBytes(a.text, b.text)
}
