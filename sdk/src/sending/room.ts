// Takes an event into the queue, or decides by the policy which one gives way. The bounds hold for all pending events,
// those under way included: a batch that comes back always finds its place. Pure.
import type { Fate, Item } from './event-queue.ts'
import { bytesUnderWay, type SendState, type Settled, settle } from './send-state.ts'

const FULL: Fate = { kind: 'dropped', reason: 'queue_full' }
const REFUSED: Fate = { kind: 'rejected', code: 'queue_full', detail: 'the queue is full' }
const CLOSED: Fate = { kind: 'dropped', reason: 'closed' }

export function admit(state: SendState, item: Item): Settled[] {
  const { ledger, queue, limits } = state
  ledger.captured++
  ledger.pending++
  state.pendingBytes += item.bytes
  if (state.closing) return [settle(state, item, CLOSED)]
  // If the event does not fit where all that wait give way, none of them is dropped in vain.
  if (
    isFull(state) &&
    (limits.whenFull !== 'drop-oldest' || bytesUnderWay(state) + item.bytes > limits.queueBytesMax)
  )
    return [settle(state, item, limits.whenFull === 'reject' ? REFUSED : FULL)]
  const gone: Settled[] = []
  queue.push(item)
  while (isFull(state)) gone.push(settle(state, queue.shift()!, FULL))
  return gone
}

/** A bound that is no number leaves no room. */
function isFull(state: SendState): boolean {
  const { events, bytes } = roomLeft(state)
  return !(events >= 0 && bytes >= 0)
}

/** How many events and bytes more may be captured without a drop. */
export function roomLeft({ ledger, limits, pendingBytes }: SendState) {
  return { events: limits.queueEventsMax - ledger.pending, bytes: limits.queueBytesMax - pendingBytes }
}
