// A process that is alone owns every source.
import type { Log, Source } from '../../ports/log.ts'
import type { Ownership } from '../../ports/ownership.ts'

export class AllSources implements Ownership {
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** The sources as they are now. */
  async claim(onChange: (sources: readonly Source[]) => void): Promise<void> {
    onChange(await this.#log.sources('events'))
  }

  async close(): Promise<void> {}
}
