// track, flush and close: drives step.ts with the platform's clock, timers and requests, and tells what became of
// events.
import type { Outcome } from '../attempt.ts'
import { type Captured, type Rejection, type TallyEvent, utf8Bytes } from '../event.ts'
import type { Runtime } from '../runtime.ts'
import type { Effect, Settled } from './effect.ts'
import type { EventOutcome, Item } from './event-queue.ts'
import { type EventStore, RECLAIM_INTERVAL_MS } from './event-store.ts'
import { mendTimes, type Recapture, timeMsOf } from './mend-times.ts'
import { watchPage } from './page-lifecycle.ts'
import { roomLeft } from './room.ts'
import {
  type Flight,
  type Ledger,
  newSendState,
  oldestPendingSeq,
  pendingItems,
  type SendLimits,
  type SendState,
} from './send-state.ts'
import { type Input, step } from './step.ts'
import { type Listeners, safely, tellOutcomes } from './tell-outcomes.ts'

export type TrackerDeps = Listeners & {
  readonly limits: SendLimits
  readonly runtime: Pick<Runtime, 'after' | 'monotonicMs' | 'nowMs' | 'random' | 'page'>
  readonly capture: (event: TallyEvent) => Captured | Rejection
  readonly recapture: Recapture
  /** One attempt. Never rejects. */
  readonly send: (flight: Flight, signal: AbortSignal) => Promise<Outcome>
  /** The page may end: hands over copies of what cannot be sent otherwise, and returns of how many. */
  readonly sendBeacon: (items: readonly Item[]) => number
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | undefined
}

export type Tracker = {
  track(event: TallyEvent): void
  track(event: TallyEvent, options: { readonly confirm: true }): Promise<EventOutcome>
  flush(options?: { readonly timeoutMs?: number }): Promise<{ readonly pending: number }>
  close(options?: { readonly timeoutMs?: number }): Promise<TallyEvent[]>
  ledger(): Ledger
}

/** Of `flush` and `close`, when they are called without. */
const TIMEOUT_MS = 10_000
/** How much longer than its timeout `close` may wait for the store. */
const STORE_CLOSE_MS = 50

export function createTracker(deps: TrackerDeps): Tracker {
  const tracker = new EventTracker(deps)
  return {
    track: tracker.track,
    flush: (options) => tracker.flush(options?.timeoutMs),
    close: (options) => tracker.close(options?.timeoutMs),
    ledger: () => ({ ...tracker.state.ledger }),
  }
}

class EventTracker {
  readonly state: SendState
  readonly #deps: TrackerDeps
  readonly #requests = new AbortController()
  #unwatch = () => {}
  /** Each resolves its flush when that is over, or when it must be. */
  readonly #flushes = new Set<(mustEnd: boolean) => void>()
  #timer: { readonly atMs: number; readonly cancel: () => void } | null = null
  #cancelReclaim = () => {}
  #tickIsDue = false
  #isHandedOver = false
  #beaconedSeq = 0
  #closed: Promise<TallyEvent[]> | null = null

  constructor(deps: TrackerDeps) {
    this.#deps = deps
    this.state = newSendState(deps.limits)
    const { page } = deps.runtime
    if (page) {
      this.#unwatch = watchPage(page, {
        onLeaving: (leaving) => this.#leave(leaving),
        onOnline: () => this.#feed({ kind: 'hurry' }),
      })
    }
    if (deps.store) this.#reclaim(deps.store)
  }

  readonly track = ((event: TallyEvent, options?: { readonly confirm?: boolean }) => {
    if (!options?.confirm) return this.#capture(event)
    return new Promise<EventOutcome>((resolve) => this.#capture(event, resolve))
  }) as Tracker['track']

  #capture(event: TallyEvent, confirm?: Item['confirm']): void {
    const { capture, store, onRejected } = this.#deps
    const taken = capture(event)
    if ('json' in taken) {
      this.#admit(taken, taken.event, store?.keep(taken.json), confirm)
      this.#handOver()
      return
    }
    const { code, detail } = taken
    this.#feed({ kind: 'unfit' })
    confirm?.({ kind: 'rejected', code, detail })
    safely(() => onRejected?.([{ event, code, detail }]))
  }

  #admit(
    written: Pick<Captured, 'json' | 'bytes' | 'clockMs'>,
    event: TallyEvent,
    key?: string,
    confirm?: Item['confirm'],
  ): void {
    const { runtime } = this.#deps
    const { json, bytes, clockMs } = written
    const seq = this.state.nextSeq++
    const times = { atMs: runtime.monotonicMs(), timeMs: timeMsOf(event, runtime.nowMs()), clockMs }
    this.#feed({ kind: 'captured', item: { seq, json, bytes, ...times, key, confirm } })
  }

  /** Resolves when the fate of all that was captured before is known, or after the timeout. */
  flush(timeoutMs = TIMEOUT_MS): Promise<{ readonly pending: number }> {
    const { state } = this
    const upTo = state.nextSeq - 1
    this.#feed({ kind: 'hurry' })
    return new Promise((resolve) => {
      const end = (mustEnd: boolean) => {
        if (!mustEnd && oldestPendingSeq(state) <= upTo) return
        cancel()
        this.#flushes.delete(end)
        resolve({ pending: pendingItems(state).filter(({ seq }) => seq <= upTo).length })
      }
      const cancel = this.#deps.runtime.after(timeoutMs, () => end(true))
      this.#flushes.add(end)
      end(false)
    })
  }

  close(timeoutMs?: number): Promise<TallyEvent[]> {
    this.#closed ??= this.#close(timeoutMs)
    return this.#closed
  }

  async #close(timeoutMs?: number): Promise<TallyEvent[]> {
    const { runtime, store } = this.#deps
    this.#feed({ kind: 'closing' })
    await this.flush(timeoutMs)
    const undelivered = pendingItems(this.state)
    this.#feed({ kind: 'closed' })
    this.#requests.abort()
    this.#timer?.cancel()
    this.#cancelReclaim()
    this.#unwatch()
    for (const end of this.#flushes) end(true)
    if (store) {
      let cancel = () => {}
      const patience = new Promise<void>((resolve) => {
        cancel = runtime.after(STORE_CLOSE_MS, resolve)
      })
      await Promise.race([store.close().catch(() => {}), patience])
      cancel()
    }
    return undelivered.map(({ json }) => JSON.parse(json))
  }

  #feed(input: Input): void {
    for (const effect of step(this.state, input)) this.#carryOut(effect)
    if (input.kind !== 'tick') this.#tickSoon()
  }

  #carryOut(effect: Effect): void {
    if (effect.kind === 'send') this.#send(effect.flight)
    else if (effect.kind === 'wake') this.#wakeAt(effect.atMs)
    else this.#settle(effect.settled)
  }

  /** In a microtask, so that events tracked in one go travel in one batch. */
  #tickSoon(): void {
    if (this.#tickIsDue) return
    this.#tickIsDue = true
    Promise.resolve().then(() => {
      this.#tickIsDue = false
      this.#feed({ kind: 'tick', nowMs: this.#deps.runtime.monotonicMs() })
    })
  }

  #wakeAt(atMs: number): void {
    if (this.#timer !== null && this.#timer.atMs <= atMs) return
    this.#timer?.cancel()
    const { runtime } = this.#deps
    const waitMs = Math.max(0, Math.ceil(atMs - runtime.monotonicMs()))
    const wake = () => {
      this.#timer = null
      this.#tickSoon()
    }
    const cancel = runtime.after(waitMs, wake, true)
    this.#timer = { atMs, cancel }
  }

  #send(flight: Flight): void {
    this.#deps.send(flight, this.#requests.signal).then((outcome) => this.#land(flight, outcome))
  }

  #land(flight: Flight, outcome: Outcome): void {
    if (this.state.closed) return // its events were given back
    const { runtime } = this.#deps
    const moment = { nowMs: runtime.monotonicMs(), epochMs: runtime.nowMs(), random: runtime.random() }
    const mended = mendTimes(flight, outcome, this.#deps.recapture, this.#deps.store)
    this.#feed({ kind: 'landed', flight, outcome, mended, ...moment })
    if (outcome.kind === 'retry' && this.state.leaving) this.#beacon()
  }

  #settle(settled: readonly Settled[]): void {
    tellOutcomes(settled, this.#deps)
    for (const end of this.#flushes) end(false)
  }

  #leave(leaving: boolean): void {
    this.#feed({ kind: 'leaving', leaving })
    this.#feed({ kind: 'tick', nowMs: this.#deps.runtime.monotonicMs() }) // the page may not live to the microtask
    if (leaving && !this.state.limits.keepalive) this.#beacon()
  }

  /** Copies: whether they arrive is never known, so the events stay pending. */
  #beacon(): void {
    const { limits, queue } = this.state
    const open = limits.keepalive ? queue.items : pendingItems(this.state)
    const items = open.filter(({ seq }) => seq > this.#beaconedSeq)
    const handedOver = this.#deps.sendBeacon(items)
    if (handedOver > 0) this.#beaconedSeq = items[handedOver - 1]!.seq
  }

  /** Lets a platform that ends programs between requests wait for what was tracked during one. */
  #handOver(): void {
    const { waitUntil } = this.#deps
    if (waitUntil === undefined || this.#isHandedOver) return
    this.#isHandedOver = true
    const sent = Promise.resolve().then(() => this.flush())
    safely(() =>
      waitUntil(
        sent.then(() => {
          this.#isHandedOver = false
        }),
      ),
    )
  }

  #reclaim(store: EventStore): void {
    const again = () => {
      if (this.state.closed) return
      this.#cancelReclaim = this.#deps.runtime.after(RECLAIM_INTERVAL_MS, () => this.#reclaim(store), true)
    }
    store.reclaim(roomLeft(this.state)).then((found) => {
      for (const { key, json } of found) this.#adopt(key, json)
      again()
    }, again)
  }

  /** What finds no room stays in the store. */
  #adopt(key: string, json: string): void {
    const bytes = utf8Bytes(json)
    const room = roomLeft(this.state)
    if (this.state.closing || room.events < 1 || room.bytes < bytes) return
    this.#admit({ json, bytes, clockMs: undefined }, JSON.parse(json), key)
  }
}
