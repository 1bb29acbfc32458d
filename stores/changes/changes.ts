// News of counts that changed, for those who show them live. Best effort: news only says when to look again,
// and what is shown is always read from the counts.
import type { Series } from '../../model/bucket.ts'

/** Some rows of these series have just been stored; everything that the log took up to `asOfMs` is. */
export type Change = { readonly series: readonly Series[]; readonly asOfMs: number }

export interface ChangePublisher {
  /** Never waits and never throws; news that finds no room is dropped. */
  publish(change: Change): void
}

export type ChangeListener = {
  changed(change: Change): void
  /** News before this moment may have been missed: look at everything again. */
  gap(): void
}

export interface ChangeSubscriber {
  /** Tells the listener until the returned function is called. */
  subscribe(listener: ChangeListener): () => void
  /** Whether news comes at present. While it does not, whoever wants to know has to look. */
  isListening(): boolean
}
