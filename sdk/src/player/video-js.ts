// `@tally/sdk/player/video-js`: for Video.js 7 and 8, and the ads of videojs-contrib-ads.
import { type PlayerOptions, type PlayerTracker, trackMedia } from './index.ts'

/** What is needed of a player of Video.js. */
export type VideoJsLike = {
  // Its getters are setters too, and answer undefined before the player is ready.
  currentTime(): number | undefined
  duration(): number | undefined
  paused(): boolean
  seeking(): boolean
  playbackRate(): number | undefined
  autoplay(): unknown
  readyState(): number
  currentSrc(): string
  // biome-ignore lint/suspicious/noExplicitAny: each version types its events differently
  on(type: any, listener: (event: any) => void): void
  // biome-ignore lint/suspicious/noExplicitAny: as above
  off(type: any, listener: (event: any) => void): void
}

/** Errors: those of `trackMedia`. */
export function trackVideoJs(player: VideoJsLike, options: PlayerOptions): PlayerTracker {
  // Through the player, because not all of its techs have a media element.
  const media = {
    get currentTime() {
      return player.currentTime() ?? 0
    },
    get duration() {
      return player.duration() ?? Number.NaN
    },
    get paused() {
      return player.paused()
    },
    get seeking() {
      return player.seeking()
    },
    get playbackRate() {
      return player.playbackRate() ?? 1
    },
    get autoplay() {
      return player.autoplay() !== false
    },
    get readyState() {
      return player.readyState()
    },
    get currentSrc() {
      return player.currentSrc()
    },
    addEventListener: player.on.bind(player),
    removeEventListener: player.off.bind(player),
  }
  const tracker = trackMedia(media, options, { player: 'video.js' })
  const adOn = () => tracker.ad(true)
  const adOff = () => tracker.ad(false)
  player.on('adstart', adOn)
  player.on('adend', adOff)
  return {
    ...tracker,
    stop() {
      player.off('adstart', adOn)
      player.off('adend', adOff)
      tracker.stop()
    },
  }
}
