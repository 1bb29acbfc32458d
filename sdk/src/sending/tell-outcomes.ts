// Tells the store and the caller what became of events.
import type { TallyEvent } from '../event.ts'
import type { DropReason } from './event-queue.ts'
import type { EventStore } from './event-store.ts'
import type { Settled } from './send-state.ts'

export type RejectedEvent = { readonly event: TallyEvent; readonly code: string; readonly detail: string }

export type Listeners = {
  readonly store?: EventStore | undefined
  readonly onDropped?: ((events: TallyEvent[], reason: DropReason, error?: unknown) => void) | undefined
  readonly onRejected?: ((rejected: RejectedEvent[]) => void) | undefined
}

/** Those of them that are dropped have one reason. */
export function tellOutcomes(settled: readonly Settled[], { store, onDropped, onRejected }: Listeners): void {
  const rejected: RejectedEvent[] = []
  const dropped: TallyEvent[] = []
  let tellDropped = () => {}
  for (const [item, outcome] of settled) {
    item.confirm?.(outcome)
    if (outcome.kind === 'rejected' && onRejected) {
      rejected.push({ event: JSON.parse(item.json), code: outcome.code, detail: outcome.detail })
    } else if (outcome.kind === 'dropped' && onDropped) {
      dropped.push(JSON.parse(item.json))
      tellDropped = () => onDropped(dropped, outcome.reason, outcome.error)
    }
  }
  if (rejected.length > 0) safely(() => onRejected?.(rejected))
  safely(tellDropped)
  for (const [{ key }] of settled) {
    if (key !== undefined) store?.forget(key)
  }
}

/** What a caller's function throws must not stop the sending, and `track` never throws. */
export function safely(tell: () => void): void {
  try {
    tell()
  } catch (error) {
    console.error(error)
  }
}
