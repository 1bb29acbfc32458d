// The sources of the log, shared with the other processes of the batch layer: each archives what it is assigned, and
// leads the recounts while it has the first partition.
import type { Opening } from '../../../lib/opening.ts'
import type { RetryPolicy } from '../../../lib/retry.ts'
import type { Log } from '../../../stores/log/log.ts'
import type { Ownership } from '../../../stores/ownership/ownership.ts'
import type { BatchLayer } from '../batch-layer.ts'
import { AssignedSources } from './assigned-sources.ts'

/** Nothing is shared before `begin`, which is called once. */
export function sharedSources(
  { clock, onRetry, logger }: Opening,
  log: Log,
  ownership: Ownership,
  layer: BatchLayer,
  retry: RetryPolicy,
) {
  const own: BatchLayer['own'] = (sources) => layer.own(sources)
  const onError = (err: unknown) => logger.fatal({ err }, 'cannot tell which sources to archive')
  const assigned = new AssignedSources({ log, clock, random: Math.random, onRetry, own, onError }, retry)
  return {
    begin: () =>
      ownership.claim((sources) => {
        layer.lead(sources.some(({ partition }) => partition === 0))
        assigned.assign(sources)
      }),
    close() {
      assigned.close()
      return ownership.close()
    },
  }
}
