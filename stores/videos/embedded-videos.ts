// Videos in one process: the store is the truth.

import type { DatabaseCopy } from '../disk/database-copy.ts'
import type { MarkState } from '../disk/write-mark.ts'
import type { Annotation, AnnotationReader, AnnotationWriter } from './annotations.ts'
import type { Place } from './search-place.ts'
import { openVideoStore, type VideoStore } from './video-store.ts'
import type { FoundVideo, Video, VideoReader, VideoWriter } from './videos.ts'

/** Fails with a DataDirectoryError, as its calls do. */
export async function openEmbeddedVideos(directory: string): Promise<EmbeddedVideos> {
  return new EmbeddedVideos(await openVideoStore(directory))
}

export class EmbeddedVideos implements VideoReader, VideoWriter, AnnotationReader, AnnotationWriter {
  readonly #store: VideoStore

  constructor(store: VideoStore) {
    this.#store = store
  }

  get state(): MarkState {
    return this.#store.state
  }

  /** What it holds now, to be read later. */
  copy(): DatabaseCopy {
    return this.#store.copy()
  }

  find(tenant: string, videoId: string) {
    return this.#store.find(tenant, videoId)
  }

  search(tenant: string, prefix: string, limit: number, after: Place | null = null) {
    return this.#store.search(tenant, prefix, limit, after)
  }

  channels(tenant: string, prefix: string, limit: number) {
    return this.#store.channels(tenant, prefix, limit)
  }

  searchChannel(tenant: string, channel: string, prefix: string, limit: number, after: Place | null = null) {
    return this.#store.searchChannel(tenant, channel, prefix, limit, after)
  }

  channelVideos(tenant: string, channel: string, limit: number) {
    return this.#store.channelVideos(tenant, channel, limit)
  }

  put(tenant: string, videoId: string, video: Video): Promise<void> {
    return this.putAll(tenant, [{ videoId, video }])
  }

  putAll(tenant: string, videos: readonly FoundVideo[]): Promise<void> {
    return this.#store.apply(videos.map((found) => ({ tenant, ...found })))
  }

  remove(tenant: string, videoId: string): Promise<void> {
    return this.#store.apply([{ tenant, videoId, video: null }])
  }

  annotations(tenant: string, videoId: string) {
    return this.#store.annotations(tenant, videoId)
  }

  annotationCount(tenant: string, most: number) {
    return this.#store.annotationCount(tenant, most)
  }

  annotate(tenant: string, videoId: string, { annotationId, ...annotation }: Annotation): Promise<void> {
    return this.#store.apply([{ tenant, videoId, annotationId, annotation }])
  }

  removeAnnotation(tenant: string, videoId: string, annotationId: string): Promise<void> {
    return this.#store.apply([{ tenant, videoId, annotationId, annotation: null }])
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}
