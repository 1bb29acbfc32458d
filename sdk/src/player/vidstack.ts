// `@tally/sdk/player/vidstack`: for the `<media-player>` of Vidstack 1.x, with any of its providers.
import { type MediaLike, type PlayerOptions, type PlayerTracker, trackMedia } from './index.ts'

/** What is needed of a `<media-player>`. */
export type VidstackLike = Omit<MediaLike, 'duration' | 'seeking'> & {
  readonly provider: object | null
  readonly state: { readonly seeking: boolean; readonly duration: number; readonly live: boolean }
}

/** Errors: those of `trackMedia`. */
export function trackVidstack(player: VidstackLike, options: PlayerOptions): PlayerTracker {
  let tracker: PlayerTracker | undefined
  const traits = { player: 'vidstack', callsLoad: true, isLive: () => player.state.live }
  // The player tells the time by animation frames, which a hidden page has none of: where there is an element, it is
  // followed. Providers that embed a foreign page have none.
  const embedded: MediaLike = {
    get currentTime() {
      return player.currentTime
    },
    get duration() {
      return player.state.duration
    },
    get paused() {
      return player.paused
    },
    get seeking() {
      return player.state.seeking
    },
    get playbackRate() {
      return player.playbackRate
    },
    addEventListener: player.addEventListener.bind(player),
    removeEventListener: player.removeEventListener.bind(player),
  }
  const change = () => {
    tracker?.stop()
    const { provider } = player
    tracker = provider
      ? trackMedia((provider as { media?: MediaLike }).media ?? embedded, options, traits)
      : undefined
  }
  const load = () => tracker?.load()
  player.addEventListener('provider-change', change)
  player.addEventListener('source-change', load)
  change()
  return {
    load,
    ad: (plays) => tracker?.ad(plays),
    stop() {
      player.removeEventListener('provider-change', change)
      player.removeEventListener('source-change', load)
      tracker?.stop()
    },
  }
}
