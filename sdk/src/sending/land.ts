// What becomes of the events of a request that came back: delivered only if the server's receipt says so. Pure.
import type { Outcome } from '../attempt.ts'
import type { Rejection } from '../event.ts'
import { wasTaken, wasTooLarge } from './batch-size.ts'
import type { Effect, Settled } from './effect.ts'
import { type EventOutcome, type Item, putBack } from './event-queue.ts'
import { failed, paused, refused, succeeded } from './link-health.ts'
import type { Flight, SendState } from './send-state.ts'
import { settle, settleEach } from './settle.ts'

export type Moment = {
  readonly nowMs: number
  readonly epochMs: number
  /** At least 0 and less than 1. */
  readonly random: number
  /** By place in the request: refused for a time that a wrong clock gave it, and now with a better one. */
  readonly mended: ReadonlyMap<number, Item>
}

const DELIVERED: EventOutcome = { kind: 'delivered' }
const TOO_OLD: EventOutcome = { kind: 'dropped', reason: 'too_old' }

export function land(state: SendState, flight: Flight, outcome: Outcome, at: Moment): readonly Effect[] {
  if (!state.flights.delete(flight.id)) return [] // given back by close
  const { items } = flight
  switch (outcome.kind) {
    case 'answered':
      succeeded(state.link)
      wasTaken(state.size, items.length)
      return [settleAnswered(state, items, outcome.rejected, at.mended)]
    case 'tooLarge':
      succeeded(state.link) // it was reached, and takes less
      wasTooLarge(state.size, items.length)
      if (items.length === 1) return [settle(state, items, tooLarge(items[0]!))]
      putBack(state.queue, items)
      return []
    case 'retry':
      if (outcome.afterMs > 0) paused(state.link, outcome.afterMs, at.nowMs, at.random)
      else failed(state.link, flight.round, at.nowMs, at.random)
      if (outcome.mayBeStored) for (const item of items) item.clockMs = undefined // its time is fixed for ever
      return retry(state, items, at.epochMs)
    case 'refused':
      refused(state.link)
      return [settle(state, items, { kind: 'dropped', reason: 'refused', error: outcome.error })]
    case 'aborted':
      putBack(state.queue, items)
      return []
  }
}

function settleAnswered(
  state: SendState,
  items: readonly Item[],
  rejected: readonly Rejection[],
  mended: ReadonlyMap<number, Item>,
): Effect {
  const outcomes = new Map<number, EventOutcome>()
  for (const { index, code, detail } of rejected) outcomes.set(index, { kind: 'rejected', code, detail })
  const settled: Settled[] = []
  for (const [index, item] of items.entries()) {
    const better = mended.get(index)
    if (better === undefined) settled.push({ item, outcome: outcomes.get(index) ?? DELIVERED })
    else {
      state.pendingBytes += better.bytes - item.bytes
      putBack(state.queue, [better])
    }
  }
  return settleEach(state, settled)
}

function tooLarge({ bytes }: Item): EventOutcome {
  return { kind: 'rejected', code: 'too_large', detail: `${bytes} bytes of JSON, alone in a request` }
}

function retry(state: SendState, items: readonly Item[], epochMs: number): readonly Effect[] {
  const oldestMs = epochMs - state.limits.eventAgeMaxMs
  const isOld = ({ timeMs }: Item) => timeMs < oldestMs
  putBack(
    state.queue,
    items.filter((item) => !isOld(item)),
  )
  const old = items.filter(isOld)
  return old.length > 0 ? [settle(state, old, TOO_OLD)] : []
}
