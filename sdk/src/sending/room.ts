// Takes an event into the queue, or decides by the policy which one gives way. The bounds hold for all pending events,
// those under way included: a batch that comes back always finds its place. Pure.
import { type Fate, type Item, push, take } from './event-queue.ts'
import { type SendState, type Settled, settle } from './send-state.ts'

const FULL: Fate = { kind: 'dropped', reason: 'queue_full' }
const REFUSED: Fate = { kind: 'rejected', code: 'queue_full', detail: 'the queue is full' }
const CLOSED: Fate = { kind: 'dropped', reason: 'closed' }

export function admit(state: SendState, item: Item): Settled[] {
  const { ledger, queue, limits } = state
  ledger.captured++
  ledger.pending++
  state.pendingBytes += item.bytes
  if (state.closing) return settle(state, [item], CLOSED)
  const gone: Settled[] = []
  while (!fits(state)) {
    // The event fits if all that wait give way: else none of them is dropped in vain.
    if (limits.whenFull !== 'drop-oldest' || !fits(state, queue.items.length, queue.bytes)) {
      return settle(state, [item], limits.whenFull === 'reject' ? REFUSED : FULL)
    }
    gone.push(...settle(state, take(queue, 1), FULL))
  }
  push(queue, item)
  return gone
}

function fits(state: SendState, freedEvents = 0, freedBytes = 0): boolean {
  const { events, bytes } = roomLeft(state)
  return events + freedEvents >= 0 && bytes + freedBytes >= 0
}

/** How many events and bytes more may be captured without a drop. */
export function roomLeft({ ledger, limits, pendingBytes }: SendState) {
  return { events: limits.queueEventsMax - ledger.pending, bytes: limits.queueBytesMax - pendingBytes }
}
