// Takes an event into the queue, or decides by the policy which one gives way. The bounds hold for all pending events,
// those under way included: a batch that comes back always finds its place. Pure.
import type { Effect } from './effect.ts'
import { type EventOutcome, type Item, push } from './event-queue.ts'
import type { SendState } from './send-state.ts'
import { settle } from './settle.ts'

const FULL: EventOutcome = { kind: 'dropped', reason: 'queue_full' }
const REFUSED: EventOutcome = {
  kind: 'rejected',
  code: 'queue_full',
  detail: 'the queue is full: wait for flush, or choose another policy',
}
const CLOSED: EventOutcome = { kind: 'dropped', reason: 'closed' }

export function admit(state: SendState, item: Item): readonly Effect[] {
  const { ledger, limits, queue } = state
  ledger.captured++
  ledger.pending++
  state.pendingBytes += item.bytes
  if (state.closing) return [settle(state, [item], CLOSED)]
  if (fits(state)) {
    push(queue, item)
    return NOTHING
  }
  const effects: Effect[] = []
  while (limits.whenFull === 'drop-oldest' && !fits(state) && canMakeRoom(state)) {
    const oldest = queue.items.shift()!
    queue.bytes -= oldest.bytes
    effects.push(settle(state, [oldest], FULL))
  }
  if (fits(state)) push(queue, item)
  else effects.push(settle(state, [item], limits.whenFull === 'reject' ? REFUSED : FULL))
  return effects
}

const NOTHING: readonly Effect[] = []

function fits({ ledger, limits, pendingBytes }: SendState): boolean {
  return ledger.pending <= limits.queueEventsMax && pendingBytes <= limits.queueBytesMax
}

/** Whether the event fits if all that wait give way: else none of them is dropped in vain. */
function canMakeRoom({ ledger, limits, pendingBytes, queue }: SendState): boolean {
  const underWay = ledger.pending - queue.items.length
  return underWay <= limits.queueEventsMax && pendingBytes - queue.bytes <= limits.queueBytesMax
}

/** An event that cannot be sent never enters the queue, and yet is accounted for. */
export function turnAway({ ledger }: SendState): void {
  ledger.captured++
  ledger.rejected++
}

/** How many events and bytes more may be captured without a drop. */
export function roomLeft({ ledger, limits, pendingBytes }: SendState) {
  return { events: limits.queueEventsMax - ledger.pending, bytes: limits.queueBytesMax - pendingBytes }
}
