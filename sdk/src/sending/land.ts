// What becomes of the events of a request that came back: delivered only if the server's receipt says so. Pure.
import type { Outcome } from '../attempt.ts'
import { isMisplaced, type Rejection } from '../event.ts'
import { type Fate, type Item, inOrder } from './event-queue.ts'
import { learn } from './link-health.ts'
import { type Flight, REQUEST_EVENTS_MAX, type SendState, type Settled, settle } from './send-state.ts'

/** When a request came back. */
export type Moment = {
  readonly nowMs: number
  readonly epochMs: number
  /** At least 0 and less than 1. */
  readonly random: number
}

/** By each success at the bound. Something between may know a smaller limit than the server's. */
const GROWTH = 1 + 1 / 256

const DELIVERED: Fate = { kind: 'delivered' }
const TOO_OLD: Fate = { kind: 'dropped', reason: 'too_old' }

/** @param mend see `mend-time.ts` */
export function land(
  state: SendState,
  flight: Flight,
  outcome: Outcome,
  { nowMs, epochMs, random }: Moment,
  mend: (item: Item) => Item | null,
): Settled[] {
  const { items } = flight
  const rejections: Rejection[] = []
  state.flights.delete(flight)
  learn(state.link, outcome, flight.failures, nowMs, random)
  if (outcome.kind === 'too_large') state.eventsMax = Math.min(state.eventsMax, Math.ceil(items.length / 2))
  if (outcome.kind === 'answered') {
    for (const rejection of outcome.rejected) rejections[rejection.index] = rejection
    if (items.length + 1 > state.eventsMax)
      state.eventsMax = Math.min(REQUEST_EVENTS_MAX, state.eventsMax * GROWTH)
  }

  /** What ends an event, or the event itself, as it is to be sent again. */
  const fateOf = (item: Item, place: number): Fate | Item => {
    if (outcome.kind === 'answered') {
      const rejection = rejections[place]
      if (!rejection) return DELIVERED
      const { code, detail } = rejection
      return (isMisplaced(code) && mend(item)) || { kind: 'rejected', code, detail }
    }
    const { kind, error, mayBeStored } = outcome
    if (mayBeStored && kind === 'retry') item.clockMs = undefined // its time is fixed for ever
    if (kind === 'refused') return { kind: 'dropped', reason: kind, error }
    if (kind === 'too_large' && items.length === 1)
      return { kind: 'rejected', code: kind, detail: `${item.bytes} bytes of JSON` }
    return kind === 'retry' && item.timeMs < epochMs - state.limits.eventAgeMaxMs ? TOO_OLD : item
  }
  const settled: Settled[] = []
  const back: Item[] = []
  items.forEach((item, place) => {
    const fate = fateOf(item, place)
    if ('kind' in fate) settled.push(settle(state, item, fate))
    else {
      state.pendingBytes += fate.bytes - item.bytes
      back.push(fate)
    }
  })
  if (back.length > 0) {
    state.queue.push(...back)
    inOrder(state.queue)
  }
  return settled
}
