// `@tally/sdk/player/hls`: for hls.js 1.x, its interstitials among them.
import { type MediaLike, type PlayerOptions, type PlayerTracker, trackMedia } from './index.ts'

/** What is needed of an instance of `Hls`. */
export type HlsLike = {
  readonly media: MediaLike | null
  readonly levels: readonly { readonly details?: { readonly live: boolean } | undefined }[]
  readonly loadLevel: number
  // biome-ignore lint/suspicious/noExplicitAny: hls.js types its events by an enum of its own
  on(event: any, listener: () => void): void
  // biome-ignore lint/suspicious/noExplicitAny: as above
  off(event: any, listener: () => void): void
}

/** Before or after `attachMedia` and `loadSource`. Errors: those of `trackMedia`. */
export function trackHls(hls: HlsLike, options: PlayerOptions): PlayerTracker {
  let media: MediaLike | null = null
  let tracker: PlayerTracker | undefined
  // The duration of a live stream is finite in hls.js, and grows.
  const isLive = () => hls.levels[hls.loadLevel]?.details?.live === true
  const attached = () => {
    if (!hls.media || hls.media === media) return // a recovery attaches the same element again
    tracker?.stop()
    media = hls.media
    tracker = trackMedia(media, options, { player: 'hls.js', callsLoad: true, isLive })
  }
  const load = () => tracker?.load()
  const adOn = () => tracker?.ad(true)
  const adOff = () => tracker?.ad(false)
  const listeners: readonly [string, () => void][] = [
    ['hlsMediaAttached', attached],
    ['hlsManifestLoading', load],
    ['hlsInterstitialStarted', adOn],
    ['hlsInterstitialEnded', adOff],
  ]
  for (const [event, listener] of listeners) hls.on(event, listener)
  attached()
  return {
    load,
    ad: (plays) => tracker?.ad(plays),
    stop() {
      for (const [event, listener] of listeners) hls.off(event, listener)
      tracker?.stop()
    },
  }
}
