// Adds the metadata of its video to an answer. The counts never wait for it: it is read at the same time, and left
// out if it does not arrive soon after.
import type { VideoReader } from '../../stores/videos/videos.ts'
import type { QueryDeps } from './deps.ts'
import { type VideoFields, videoFields } from './videos/video-form.ts'

const PATIENCE_MS = 100

export type WithVideo = { readonly video?: VideoFields }

export async function withVideo<T extends { readonly meta: unknown }>(
  { videos, clock }: Pick<QueryDeps, 'videos' | 'clock'>,
  tenant: string,
  videoId: string,
  asked: Promise<T>,
): Promise<T & WithVideo> {
  if (videos === undefined) return asked
  const found = lookUp(videos, tenant, videoId)
  const { meta, ...answer } = await asked
  const video = await soon(found, clock)
  return { ...answer, ...(video !== null && { video }), meta } as T & WithVideo
}

/** The same for each of several videos. What is there in time is added, whatever the others do. */
export async function withVideos<T extends { readonly videoId: string }>(
  { videos, clock }: Pick<QueryDeps, 'videos' | 'clock'>,
  tenant: string,
  items: readonly T[],
): Promise<readonly (T & WithVideo)[]> {
  if (videos === undefined) return items
  const known = new Map<string, VideoFields>()
  const lookUpOne = async (videoId: string) => {
    const video = await lookUp(videos, tenant, videoId)
    if (video !== null) known.set(videoId, video)
  }
  await soon(Promise.all(items.map(({ videoId }) => lookUpOne(videoId))), clock)
  return items.map((item) => {
    const video = known.get(item.videoId) ?? null
    return { ...item, ...(video !== null && { video }) }
  })
}

async function lookUp(
  videos: Pick<VideoReader, 'find'>,
  tenant: string,
  videoId: string,
): Promise<VideoFields | null> {
  try {
    const video = await videos.find(tenant, videoId)
    return video === null ? null : videoFields(video)
  } catch {
    return null
  }
}

async function soon<T>(found: Promise<T | null>, clock: QueryDeps['clock']): Promise<T | null> {
  const settled = new AbortController()
  try {
    return await Promise.race([found, clock.sleep(PATIENCE_MS, settled.signal).then(() => null)])
  } finally {
    settled.abort()
  }
}
