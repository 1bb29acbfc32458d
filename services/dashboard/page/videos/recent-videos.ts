// The videos that were opened last in this browser.

export type RecentVideo = { readonly videoId: string; readonly title?: string }

const KEY = 'tally-recent'
const VIDEOS_MAX = 6

export function recentVideos(): readonly RecentVideo[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(kept)
      ? kept.filter((one) => typeof one?.videoId === 'string').slice(0, VIDEOS_MAX)
      : []
  } catch {
    return []
  }
}

export function rememberVideo(videoId: string, title: string | undefined): void {
  const others = recentVideos().filter((one) => one.videoId !== videoId)
  const kept = [{ videoId, ...(title !== undefined && { title }) }, ...others].slice(0, VIDEOS_MAX)
  localStorage.setItem(KEY, JSON.stringify(kept))
}
