// The inputs and effects of the core: plain data that leaves the driver no decision.
import type { Bucket } from '../../../model/bucket.ts'
import type { Total } from '../../../model/total.ts'
import type { Checkpoint } from '../../../stores/counts/counts.ts'
import type { HintBlock } from '../../../stores/hints/hints.ts'
import type { DecodedRecord } from './decode-record.ts'
import type { Sealed } from './write-queue.ts'

export type Input =
  /** Before a takeover: ids from a hint block, or from the log itself. */
  | { readonly kind: 'hint'; readonly block: HintBlock }
  | { readonly kind: 'rebuild'; readonly records: readonly DecodedRecord[] }
  /** The index is complete up to the checkpoint: count from here on. */
  | { readonly kind: 'takeover'; readonly checkpoint: Checkpoint }
  /** The next records of the source. They must stay as they are until the step after a `hydrate` effect is done. */
  | { readonly kind: 'records'; readonly records: readonly DecodedRecord[] }
  /** The answer to a `hydrate` effect, in its order. */
  | { readonly kind: 'hydrated'; readonly totals: readonly (Total | null)[] }
  | { readonly kind: 'seal' }
  /** Everything that a `store` effect named is durable. */
  | { readonly kind: 'stored'; readonly seal: number }

export type Effect =
  | { readonly kind: 'hydrate'; readonly buckets: readonly Bucket[] }
  | { readonly kind: 'store'; readonly sealed: Sealed }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'hint'; readonly block: HintBlock }
