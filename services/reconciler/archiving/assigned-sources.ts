// Which sources a process of the batch layer archives: its assigned partitions, in every lane that holds events. The
// log may take time to list them; of two assignments the later one wins.

import type { RetryPolicy } from '../../../lib/retry.ts'
import { EVENT_LANES, type Log, type Source, sourcesOf } from '../../../stores/log/log.ts'
import { type PersistPorts, persist } from '../../../stores/log/persist.ts'

export type AssignedSourcesPorts = PersistPorts & {
  readonly log: Pick<Log, 'sources'>
  /** Called with all sources that are archived from now on. */
  readonly own: (sources: readonly Source[]) => void
  /** Called with errors that no retry can fix: the sources stay as they were. */
  readonly onError: (error: unknown) => void
}

export class AssignedSources {
  readonly #ports: AssignedSourcesPorts
  readonly #retry: RetryPolicy
  #asking = new AbortController()

  constructor(ports: AssignedSourcesPorts, retry: RetryPolicy) {
    this.#ports = ports
    this.#retry = retry
  }

  /** @param assigned sources of one lane, which replace the earlier ones */
  assign(assigned: readonly Source[]): void {
    this.close()
    this.#asking = new AbortController()
    this.#find(new Set(assigned.map(({ partition }) => partition)), this.#asking.signal)
  }

  /** No callback is made after that, until sources are assigned again. */
  close(): void {
    this.#asking.abort()
  }

  async #find(partitions: ReadonlySet<number>, signal: AbortSignal): Promise<void> {
    const { log, own, onError } = this.#ports
    const ask = () => sourcesOf(log, EVENT_LANES)
    try {
      const all = await persist(this.#ports, this.#retry, signal, 'ask the log for its sources', ask)
      if (!signal.aborted) own(all.filter(({ partition }) => partitions.has(partition)))
    } catch (error) {
      if (!signal.aborted) onError(error)
    }
  }
}
