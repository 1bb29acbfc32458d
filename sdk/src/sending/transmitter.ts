// Gives the pure functions the platform's clock, timers and requests, and tells what became of events.
//
//   decide what is due                     next-move.ts: batch size, back-off, breaker, pause, rate, keepalive
//   judge what became of a request         land.ts
import { type Door, jsonOf, sendBatch } from '../attempt.ts'
import type { CaptureRules } from '../event.ts'
import type { Runtime } from '../runtime.ts'
import type { Beacon } from './beacon.ts'
import { land } from './land.ts'
import { mendTime } from './mend-time.ts'
import { nextMove } from './next-move.ts'
import { watchPage } from './page-lifecycle.ts'
import { type Flight, hurry, pendingItems, type SendState, type Settled } from './send-state.ts'
import type { SendingOptions } from './sending-options.ts'
import { tellOutcomes } from './tell-outcomes.ts'

/** Where and how events are sent. */
export type Sending = Door &
  SendingOptions & {
    readonly rules: CaptureRules
    readonly runtime: Runtime
    /** The timeout of one attempt. */
    readonly timeoutMs: number
    readonly concurrency?: number
    readonly apiKey?: string
    readonly beacon?: Beacon
  }

export type Transmitter = {
  /** Notes what became of events, and looks soon whether there is something to send. */
  tell(settled: readonly Settled[]): void
  /** All that was captured so far is to be sent at once. */
  hurry(): void
  /** Ends its requests, timers and listeners. */
  stop(): void
}

/** @param onSettled what became of events; it tells the caller's listeners by `tell` */
export function createTransmitter(
  sending: Sending,
  state: SendState,
  onSettled: (settled: readonly Settled[], tell: () => void) => void,
): Transmitter {
  const { runtime, rules, store, timeoutMs, url, apiKey } = sending
  const { page, monotonicMs } = runtime
  const ending = new AbortController()
  const { signal } = ending
  const copy = page && sending.beacon?.(page, url, apiKey)
  let cancelWake = () => {}
  let isMoveDue = false

  const move = (): void => {
    isMoveDue = false
    cancelWake()
    for (;;) {
      const nowMs = monotonicMs()
      const next = nextMove(state, nowMs)
      if (next === null) return
      if (typeof next === 'number') {
        cancelWake = runtime.after(Math.ceil(next - nowMs), move, true)
        return
      }
      send(next)
    }
  }
  /** In a microtask, so that events tracked in one go travel in one batch. */
  const moveSoon = () => {
    if (!isMoveDue) Promise.resolve().then(move)
    isMoveDue = true
  }
  const tell = (settled: readonly Settled[]) => {
    moveSoon()
    if (settled.length === 0) return
    onSettled(settled, () => tellOutcomes(settled, sending))
  }
  const send = async (flight: Flight) => {
    const { items } = flight
    const batch = { text: jsonOf(items), length: items.length }
    const outcome = await sendBatch(sending, batch, timeoutMs, signal, state.limits.keepalive)
    if (state.closed) return // its events were given back
    if (outcome.kind === 'answered') rules.offsetMs = outcome.offsetMs ?? rules.offsetMs
    const moment = { nowMs: monotonicMs(), epochMs: runtime.nowMs(), random: runtime.random() }
    tell(land(state, flight, outcome, moment, (item) => mendTime(item, rules, store)))
    if (outcome.kind === 'retry' && state.leaving) copy?.(state.queue)
  }
  const leave = (leaving: boolean) => {
    state.leaving = leaving
    if (leaving) hurry(state)
    move() // the page may not live to the microtask
    if (leaving && !state.limits.keepalive) copy?.(pendingItems(state))
  }
  const hurrySoon = () => {
    hurry(state)
    moveSoon()
  }
  const stop = () => {
    ending.abort()
    cancelWake()
  }
  if (page) watchPage(page, signal, leave, hurrySoon)
  return { tell, hurry: hurrySoon, stop }
}
