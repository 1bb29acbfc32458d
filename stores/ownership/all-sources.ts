// Ownership for a single process: it owns every source that the stream counts.
import { COUNTED_LANES, type Log, type Source, sourcesOf } from '../log/log.ts'
import type { Ownership } from './ownership.ts'

type Growing = { whenGrown(tell: () => void): void }

export class AllSources implements Ownership {
  readonly outsideSinceMs = null
  readonly #log: Pick<Log, 'sources'>
  readonly #growing: Growing | null

  /** @param growing tells of new partitions; null: there will be none */
  constructor(log: Pick<Log, 'sources'>, growing: Growing | null = null) {
    this.#log = log
    this.#growing = growing
  }

  /** The sources as they are now, and again whenever there are more. */
  async claim(onChange: (sources: readonly Source[]) => void): Promise<void> {
    const sources = () => sourcesOf(this.#log, COUNTED_LANES)
    // Fails only where the log is closed, and nothing is to be owned any more.
    this.#growing?.whenGrown(() => void sources().then(onChange, () => {}))
    onChange(await sources())
  }

  async close(): Promise<void> {}
}
