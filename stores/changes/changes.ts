// Notifications of changed counts, for live displays. Best effort: a notification only says when to read again; what
// is shown is always read from the counts.
import type { Series } from '../../model/bucket.ts'

/** Some rows of these series have just been stored, and so has everything that the log took up to `asOfMs`. */
export type Change = { readonly series: readonly Series[]; readonly asOfMs: number }

export interface ChangePublisher {
  /** Never waits and never throws; drops notifications when its buffer is full. */
  publish(change: Change): void
}

export type ChangeListener = {
  changed(change: Change): void
  /** Notifications before this moment may have been missed: read everything again. */
  gap(): void
}

export interface ChangeSubscriber {
  /** Calls the listener until the returned function is called. */
  subscribe(listener: ChangeListener): () => void
  /** Whether notifications arrive at present. While they do not, readers have to poll. */
  isListening(): boolean
}
