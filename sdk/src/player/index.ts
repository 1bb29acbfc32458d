// `@tally/sdk/player`: follows a media element and reports what is watched of it.
export {
  type MediaLike,
  type PlayerEvent,
  type PlayerOptions,
  type PlayerTracker,
  type PlayerTraits,
  trackMedia,
} from './track-media.ts'
