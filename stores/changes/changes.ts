// Notifications of changed counts, for live displays. Best effort: a notification only says when to read again; what
// is shown is always read from the counts. Who follows a video is told of each change, or that one may have been
// missed.
import type { Series, VideoName } from '../../model/bucket.ts'

/** Some rows of these series have just been stored, and so has everything that the log took up to `asOfMs`. */
export type Change = { readonly series: readonly Series[]; readonly asOfMs: number }

export interface ChangePublisher {
  /** Never waits and never throws. Beyond a bound it tells of a gap instead of each series. */
  publish(change: Change): void
}

export type ChangeListener = {
  changed(change: Change): void
  /** Notifications of these videos before this moment may have been missed: read them again. */
  gap(concerns: (video: VideoName) => boolean): void
}

export interface ChangeSubscriber {
  /** Calls the listener until the returned function is called. */
  subscribe(listener: ChangeListener): () => void
  /**
   * Lets notifications of this video come, until the returned function is called. They may begin later: then a `gap`
   * says so. Notifications of other videos may come too.
   */
  follow(video: VideoName): () => void
  /** Whether notifications of a followed video arrive at present. While they do not, readers have to poll. */
  isListening(video: VideoName): boolean
}
