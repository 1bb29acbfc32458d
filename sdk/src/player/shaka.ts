// `@tally/sdk/player/shaka`: for Shaka Player 4 and 5, its ad manager among them.
import { type MediaLike, type PlayerOptions, type PlayerTracker, trackMedia } from './index.ts'

type Target = {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

/** What is needed of an instance of `shaka.Player`. */
export type ShakaLike = Target & {
  getMediaElement(): MediaLike | null
  isLive(): boolean
  getAdManager(): Target | null
}

/** After `attach`. Throws a TypeError where no media element is attached, and what `trackMedia` throws. */
export function trackShaka(player: ShakaLike, options: PlayerOptions): PlayerTracker {
  const media = player.getMediaElement()
  if (!media) throw new TypeError('player has no media element: attach it before trackShaka')
  const traits = { player: 'shaka', callsLoad: true, isLive: () => player.isLive() }
  const tracker = trackMedia(media, options, traits)
  const ads = player.getAdManager()
  const listeners: readonly [Target | null, string, () => void][] = [
    [player, 'loading', tracker.load],
    [ads, 'ad-started', () => tracker.ad(true)],
    [ads, 'ad-stopped', () => tracker.ad(false)],
  ]
  for (const [target, type, listener] of listeners) target?.addEventListener(type, listener)
  return {
    ...tracker,
    stop() {
      for (const [target, type, listener] of listeners) target?.removeEventListener(type, listener)
      tracker.stop()
    },
  }
}
