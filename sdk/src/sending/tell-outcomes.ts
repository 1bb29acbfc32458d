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
  let tellRejected = () => {}
  let tellDropped = tellRejected
  for (const { item, fate } of settled) {
    const { json, confirm } = item
    confirm?.(fate)
    if (fate.kind === 'rejected' && onRejected) {
      rejected.push({ event: JSON.parse(json), code: fate.code, detail: fate.detail })
      tellRejected = () => onRejected(rejected)
    } else if (fate.kind === 'dropped' && onDropped) {
      dropped.push(JSON.parse(json))
      tellDropped = () => onDropped(dropped, fate.reason, fate.error)
    }
  }
  safely(tellRejected)
  safely(tellDropped)
  for (const { item } of settled) store?.forget(item.key!)
}

/** What a caller's function throws must not stop the sending, and `track` never throws. */
export function safely(tell: () => void): void {
  try {
    tell()
  } catch (error) {
    console.error(error)
  }
}
