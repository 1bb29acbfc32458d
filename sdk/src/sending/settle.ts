// The one place where an event leaves the ledger's `pending`.
import type { Effect, Settled } from './effect.ts'
import type { EventOutcome, Item } from './event-queue.ts'
import type { SendState } from './send-state.ts'

/** All with one outcome. */
export function settle(state: SendState, items: readonly Item[], outcome: EventOutcome): Effect {
  return settleEach(
    state,
    items.map((item) => ({ item, outcome })),
  )
}

export function settleEach(state: SendState, settled: readonly Settled[]): Effect {
  const { ledger } = state
  for (const { item, outcome } of settled) {
    if (outcome.kind === 'undelivered') continue
    ledger.pending--
    state.pendingBytes -= item.bytes
    ledger[outcome.kind]++
  }
  return { kind: 'settle', settled }
}
