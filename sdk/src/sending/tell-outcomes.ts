// Tells the store and the caller what became of events.
import type { TallyEvent } from '../event.ts'
import type { Settled } from './effect.ts'
import type { DropReason, EventOutcome } from './event-queue.ts'
import type { EventStore } from './event-store.ts'

export type RejectedEvent = { readonly event: TallyEvent; readonly code: string; readonly detail: string }

export type Listeners = {
  readonly store?: EventStore | undefined
  readonly onDropped?: ((events: TallyEvent[], reason: DropReason, error?: unknown) => void) | undefined
  readonly onRejected?: ((rejected: RejectedEvent[]) => void) | undefined
}

export function tellOutcomes(settled: readonly Settled[], { store, onDropped, onRejected }: Listeners): void {
  const rejected: RejectedEvent[] = []
  const dropped = new Map<EventOutcome & { kind: 'dropped' }, TallyEvent[]>()
  for (const { item, outcome } of settled) {
    item.confirm?.(outcome)
    if (outcome.kind === 'rejected' && onRejected) {
      rejected.push({ event: JSON.parse(item.json), code: outcome.code, detail: outcome.detail })
    } else if (outcome.kind === 'dropped' && onDropped) {
      const events = dropped.get(outcome)
      if (events) events.push(JSON.parse(item.json))
      else dropped.set(outcome, [JSON.parse(item.json)])
    }
  }
  if (rejected.length > 0) safely(() => onRejected?.(rejected))
  for (const [{ reason, error }, events] of dropped) safely(() => onDropped?.(events, reason, error))
  for (const { item, outcome } of settled) {
    if (item.key !== undefined && outcome.kind !== 'undelivered') store?.forget(item.key)
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
