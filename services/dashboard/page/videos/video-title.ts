// What a video is called, asked for by itself: an answer about its counts may lack a title that there is.
import { askJson, type VideoInfo, videoPath, whereThere } from '../api.ts'

/** Null if there is none; undefined while the server cannot say. */
export async function askTitle(videoId: string, signal: AbortSignal): Promise<VideoInfo | null | undefined> {
  return whereThere(askJson<VideoInfo>(videoPath(videoId), signal)).catch(() => {
    signal.throwIfAborted()
    return undefined
  })
}
