// The sources of the log, shared with the other processes of the batch layer: each archives what it is assigned, and
// recounts while it has the first partition.
import type { Opening } from '../../lib/opening.ts'
import type { RetryPolicy } from '../../lib/retry.ts'
import type { Log } from '../../stores/log/log.ts'
import type { Ownership } from '../../stores/ownership/ownership.ts'
import { AssignedSources } from './assigned-sources.ts'
import type { BatchLayer } from './batch-layer.ts'

export class SharedSources {
  readonly #ownership: Ownership
  readonly #layer: BatchLayer
  readonly #assigned: AssignedSources

  constructor(
    { clock, onRetry, logger }: Pick<Opening, 'clock' | 'onRetry' | 'logger'>,
    log: Log,
    ownership: Ownership,
    layer: BatchLayer,
    retry: RetryPolicy,
  ) {
    this.#ownership = ownership
    this.#layer = layer
    this.#assigned = new AssignedSources(
      {
        ...{ log, clock, random: Math.random, onRetry },
        own: (sources) => layer.own(sources),
        onError: (err) => logger.fatal({ err }, 'cannot tell which sources to archive'),
      },
      retry,
    )
  }

  /** Called once. */
  begin(): Promise<void> {
    return this.#ownership.claim((sources) => {
      this.#layer.lead(sources.some(({ partition }) => partition === 0))
      this.#assigned.assign(sources)
    })
  }

  close(): Promise<void> {
    this.#assigned.close()
    return this.#ownership.close()
  }
}
