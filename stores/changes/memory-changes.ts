// The change feed within one process: `publish` calls the listeners directly.
import type { VideoName } from '../../model/bucket.ts'
import type { Change, ChangeListener, ChangePublisher, ChangeSubscriber } from './changes.ts'

export class MemoryChanges implements ChangePublisher, ChangeSubscriber {
  readonly #listeners = new Set<ChangeListener>()

  publish(change: Change): void {
    for (const listener of this.#listeners) listener.changed(change)
  }

  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** All are told of everything, at once. */
  follow(_video: VideoName): () => void {
    return () => {}
  }

  isListening(): boolean {
    return true
  }
}
