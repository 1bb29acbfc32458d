// Counts the videos of the site by a number, the highest first, over any range.
import type { VideoInfo } from '../api.ts'
import { askWhatIsKept, type BreakdownQuestion } from '../breakdown/breakdown.ts'

type RankedVideo = {
  readonly videoId: string
  readonly value: number
  /** Missing where nothing is known of it. */
  readonly video: VideoInfo | undefined
}
type RankedVideos = {
  readonly videos: readonly RankedVideo[]
  /** From when on it is counted, where nothing is kept of the beginning of the span. */
  readonly since: string | null
}

/** Fails as the call of the route does. */
export async function askByVideo(
  question: Omit<BreakdownQuestion, 'path' | 'by'>,
  signal: AbortSignal,
): Promise<RankedVideos> {
  const asked = await askWhatIsKept({ ...question, path: 'v1/site', by: 'videoId' }, signal)
  const { breakdown, startsLater } = asked
  const videos = breakdown.rows
    .filter(({ isOther }) => isOther !== true)
    .map(({ videoId, value, video }) => ({
      ...{ videoId: String(videoId), value: Number(value) },
      video: video as VideoInfo | undefined,
    }))
  return { videos, since: startsLater ? breakdown.startTime : null }
}
