// For the contracts of videos and annotations: shared videos that end, and begin again.
import type { SharedVideos } from '../stores/videos/shared-videos.ts'
import { until } from './until.ts'

export async function reopenedVideos(open: () => Promise<SharedVideos>) {
  let videos = await open()
  return {
    videos,
    async reopen() {
      await videos.close()
      videos = await open()
      await until('it answers', () => videos.isWhole)
      return videos
    },
    close: () => videos.close(),
  }
}
