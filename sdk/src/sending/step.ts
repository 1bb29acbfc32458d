// The sending client, as its table of contents. `step` is synchronous and takes time and chance from its input; it
// advances the state and returns what must now be done. tracker.ts carries that out and feeds what happens back.
//
//   track ▸ make room                      room.ts
//   decide what is due                     next-move.ts: batch size, back-off, breaker, pause, rate, keepalive
//   judge what became of a request         land.ts
import type { Outcome } from '../attempt.ts'
import type { Effect } from './effect.ts'
import { type Item, take } from './event-queue.ts'
import { land, type Moment } from './land.ts'
import { keepaliveRoom, type Move, nextMove } from './next-move.ts'
import { spendToken } from './request-rate.ts'
import { admit, turnAway } from './room.ts'
import { bodyBytes, type Flight, pendingItems, type SendState } from './send-state.ts'
import { settle } from './settle.ts'

export type Input =
  | { readonly kind: 'captured'; readonly item: Item }
  /** One that cannot be written, or that no server would take. */
  | { readonly kind: 'unfit' }
  /** A moment to look what is due. */
  | { readonly kind: 'tick'; readonly nowMs: number }
  | ({ readonly kind: 'landed'; readonly flight: Flight; readonly outcome: Outcome } & Moment)
  /** Everything captured so far is wanted at once: back-off is cut short, the server's pause is not. */
  | { readonly kind: 'hurry' }
  | { readonly kind: 'leaving'; readonly leaving: boolean }
  /** No more events; later, no more requests. */
  | { readonly kind: 'closing' }
  | { readonly kind: 'closed' }

export function step(state: SendState, input: Input): readonly Effect[] {
  switch (input.kind) {
    case 'captured':
      return admit(state, input.item)
    case 'unfit':
      turnAway(state)
      return NOTHING
    case 'tick':
      return depart(state, input.nowMs)
    case 'landed':
      return land(state, input.flight, input.outcome, input)
    case 'hurry':
      hurry(state)
      return NOTHING
    case 'leaving':
      state.leaving = input.leaving
      if (input.leaving) hurry(state)
      return NOTHING
    case 'closing':
      state.closing = true
      return NOTHING
    case 'closed':
      state.closed = true
      return [settle(state, pendingItems(state), { kind: 'undelivered' })]
  }
}

const NOTHING: readonly Effect[] = []

function hurry(state: SendState): void {
  state.urgentSeq = state.nextSeq - 1
  state.link.retryAtMs = Number.NEGATIVE_INFINITY
}

function depart(state: SendState, nowMs: number): readonly Effect[] {
  const effects: Effect[] = []
  let move = nextMove(state, nowMs)
  for (; move.kind === 'send'; move = nextMove(state, nowMs)) {
    effects.push({ kind: 'send', flight: takeOff(state, move, nowMs) })
  }
  if (move.kind === 'wait') effects.push({ kind: 'wake', atMs: move.untilMs })
  return effects
}

function takeOff(state: SendState, move: Extract<Move, { kind: 'send' }>, nowMs: number): Flight {
  let items = take(state.queue, move.eventsMax, move.bytesMax)
  if (items.length === 0) items = take(state.queue, 1, Number.POSITIVE_INFINITY)
  const bytes = bodyBytes(items)
  const flight: Flight = {
    id: state.nextFlight++,
    items,
    bytes,
    keepalive: state.limits.keepalive && bytes <= keepaliveRoom(state),
    round: state.link.round,
  }
  state.flights.set(flight.id, flight)
  state.link.startedAtMs = nowMs
  spendToken(state.rate)
  return flight
}
