// What the core asks its driver to do.
import type { EventOutcome, Item } from './event-queue.ts'
import type { Flight } from './send-state.ts'

export type Settled = { readonly item: Item; readonly outcome: EventOutcome }

export type Effect =
  | { readonly kind: 'send'; readonly flight: Flight }
  /** Ask again at this moment of the monotonic clock. */
  | { readonly kind: 'wake'; readonly atMs: number }
  /** Whoever asked is told what became of these, and the store forgets them. */
  | { readonly kind: 'settle'; readonly settled: readonly Settled[] }
