// What queries are built from.
import type { ApiKeys } from '../http/api-keys.ts'
import type { Clock } from '../ports/clock.ts'
import type { Checkpoint, CountReader } from '../ports/counts.ts'
import type { QueryMetrics } from './metrics.ts'

export type QueryDeps = {
  readonly counts: CountReader
  readonly clock: Clock
  readonly keys: ApiKeys
  /**
   * The time up to which everything that the log has taken is in the counts: the least over its sources,
   * epoch ms.
   */
  readonly progress: () => { readonly asOfMs: number }
  /**
   * The end of the time that the batch layer has recounted without a gap, epoch ms. Nothing, where it is left
   * out.
   */
  readonly reconciledToMs?: () => number
  /** The latest checkpoint of every source. */
  readonly checkpoints: () => Promise<ReadonlyMap<string, Checkpoint>>
  readonly metrics: QueryMetrics
}
