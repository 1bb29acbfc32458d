// Ownership for a single process: it owns every source that the stream counts.
import { COUNTED_LANES, type Log, type Source, sourcesOf } from '../log/log.ts'
import type { Ownership } from './ownership.ts'

export class AllSources implements Ownership {
  readonly outsideSinceMs = null
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** The sources as they are now. */
  async claim(onChange: (sources: readonly Source[]) => void): Promise<void> {
    onChange(await sourcesOf(this.#log, COUNTED_LANES))
  }

  async close(): Promise<void> {}
}
