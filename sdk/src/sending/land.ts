// What becomes of the events of a request that came back: delivered only if the server's receipt says so. Pure.
import type { Outcome } from '../attempt.ts'
import { isMisplaced } from '../event.ts'
import { wasTaken, wasTooLarge } from './batch-size.ts'
import { type Fate, type Item, putBack } from './event-queue.ts'
import { failed, paused, refused, succeeded } from './link-health.ts'
import { type Flight, type SendState, type Settled, settle } from './send-state.ts'

export type Landing = {
  readonly flight: Flight
  readonly outcome: Outcome
  readonly nowMs: number
  readonly epochMs: number
  /** At least 0 and less than 1. */
  readonly random: number
  /** See `mend-time.ts`. */
  readonly mend: (item: Item) => Item | null
}

const DELIVERED: Fate = { kind: 'delivered' }
const TOO_OLD: Fate = { kind: 'dropped', reason: 'too_old' }

export function land(state: SendState, landing: Landing): Settled[] {
  const { link, size, queue, limits } = state
  const { flight, outcome, nowMs, random } = landing
  const { items } = flight
  state.flights.delete(flight)
  switch (outcome.kind) {
    case 'answered':
      succeeded(link)
      wasTaken(size, items.length)
      return settleAnswered(state, landing, outcome.rejected)
    case 'refused':
      refused(link)
      return settle(state, items, { kind: 'dropped', reason: 'refused', error: outcome.error })
    case 'tooLarge': {
      succeeded(link) // it was reached, and takes less
      wasTooLarge(size, items.length)
      if (items.length > 1) break
      const detail = `${items[0]!.bytes} bytes of JSON, alone in a request`
      return settle(state, items, { kind: 'rejected', code: 'too_large', detail })
    }
    case 'retry': {
      if (outcome.afterMs > 0) paused(link, outcome.afterMs, nowMs, random)
      else failed(link, flight.round, nowMs, random)
      if (outcome.mayBeStored) for (const item of items) item.clockMs = undefined // its time is fixed for ever
      const isOld = ({ timeMs }: Item) => timeMs < landing.epochMs - limits.eventAgeMaxMs
      putBack(
        queue,
        items.filter((item) => !isOld(item)),
      )
      return settle(state, items.filter(isOld), TOO_OLD)
    }
  }
  putBack(queue, items)
  return []
}

function settleAnswered(
  state: SendState,
  { flight, mend }: Landing,
  rejected: Extract<Outcome, { kind: 'answered' }>['rejected'],
): Settled[] {
  const refused = new Map<Item, Fate>()
  const mended = new Map<Item, Item>()
  for (const { index, code, detail } of rejected) {
    const item = flight.items[index]!
    const better = isMisplaced(code) ? mend(item) : null
    if (better === null) refused.set(item, { kind: 'rejected', code, detail })
    else {
      mended.set(item, better)
      state.pendingBytes += better.bytes - item.bytes
    }
  }
  putBack(state.queue, [...mended.values()])
  const settled = flight.items.filter((item) => !mended.has(item))
  return settle(state, settled, DELIVERED, refused)
}
