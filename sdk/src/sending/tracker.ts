// track, flush and close: gives the pure functions the platform's clock, timers and requests, and tells what became of
// events.
//
//   track ▸ make room                      room.ts
//   decide what is due                     next-move.ts: batch size, back-off, breaker, pause, rate, keepalive
//   judge what became of a request         land.ts
import { type Door, sendBatch } from '../attempt.ts'
import { withDeadline } from '../deadline.ts'
import { type Captured, type CaptureRules, capture, type TallyEvent, utf8Bytes } from '../event.ts'
import type { Runtime } from '../runtime.ts'
import type { Sender } from '../sender.ts'
import { sendBeacon } from './beacon.ts'
import type { EventOutcome, Item } from './event-queue.ts'
import { type EventStore, RECLAIM_INTERVAL_MS } from './event-store.ts'
import { land } from './land.ts'
import { mendTime, timeMsOf } from './mend-time.ts'
import { KEEPALIVE_BYTES_MAX, nextMove } from './next-move.ts'
import { watchPage } from './page-lifecycle.ts'
import { admit, roomLeft } from './room.ts'
import {
  type Flight,
  hurry,
  newSendState,
  oldestPendingSeq,
  pendingItems,
  type SendState,
  type Settled,
} from './send-state.ts'
import { type SendingOptions, sendLimits } from './sending-options.ts'
import { safely, tellOutcomes } from './tell-outcomes.ts'

/** Where and how events are sent. */
export type Sending = Door &
  SendingOptions & {
    readonly rules: CaptureRules
    readonly runtime: Runtime
    /** The timeout of one attempt. */
    readonly timeoutMs: number
    readonly concurrency?: number
    readonly apiKey?: string
  }

/** Of `flush` and `close`, when they are called without. */
const TIMEOUT_MS = 10_000
/** How much longer than its timeout `close` may wait for the store. */
const STORE_CLOSE_MS = 50

/** Its calls may be taken off it, or spread into another object. */
export class Tracker implements Sender {
  readonly #sending: Sending
  readonly #runtime: Runtime
  readonly #state: SendState
  /** Ends its requests and listeners. */
  readonly #end = new AbortController()
  /** Each resolves its flush when that is over, or when it must be. */
  readonly #flushes = new Set<(mustEnd: boolean) => void>()
  #cancelWake = () => {}
  #cancelReclaim = () => {}
  #moveIsDue = false
  #isHandedOver = false
  #beaconedSeq = 0
  #closed: Promise<TallyEvent[]> | undefined

  /** Fails with a TallyError `invalid_argument`. */
  constructor(sending: Sending) {
    const { runtime, store } = sending
    const { page } = runtime
    this.#sending = sending
    this.#runtime = runtime
    this.#state = newSendState(sendLimits(sending, page !== undefined))
    if (page) {
      const onLeaving = (leaving: boolean) => this.#leave(leaving)
      watchPage(page, this.#end.signal, onLeaving, () => this.#hurry())
    }
    if (store) this.#reclaim(store)
  }

  readonly track = ((event: TallyEvent, options?: { readonly confirm?: boolean }) => {
    if (!options?.confirm) return this.#capture(event)
    return new Promise<EventOutcome>((resolve) => this.#capture(event, resolve))
  }) as Sender['track']

  readonly ledger: Sender['ledger'] = () => ({ ...this.#state.ledger })

  readonly nowMs: Sender['nowMs'] = () => this.#runtime.nowMs() + this.#sending.rules.offsetMs

  readonly flush: Sender['flush'] = ({ timeoutMs = TIMEOUT_MS } = {}) => {
    const state = this.#state
    const upTo = state.nextSeq - 1
    this.#hurry()
    return new Promise((resolve) => {
      const end = (mustEnd: boolean) => {
        if (!mustEnd && oldestPendingSeq(state) <= upTo) return
        cancel()
        this.#flushes.delete(end)
        resolve({ pending: pendingItems(state).filter(({ seq }) => seq <= upTo).length })
      }
      const cancel = this.#runtime.after(timeoutMs, () => end(true))
      this.#flushes.add(end)
      end(false)
    })
  }

  readonly close: Sender['close'] = (options) => {
    this.#closed ??= this.#close(options)
    return this.#closed
  }

  async #close(options: Parameters<Sender['close']>[0]): Promise<TallyEvent[]> {
    this.#state.closing = true
    await this.flush(options)
    this.#state.closed = true
    const undelivered = pendingItems(this.#state)
    for (const { confirm } of undelivered) confirm?.({ kind: 'undelivered' })
    this.#end.abort()
    this.#cancelWake()
    this.#cancelReclaim()
    for (const end of this.#flushes) end(true)
    const closeStore = async () => this.#sending.store?.close()
    await withDeadline(this.#runtime, STORE_CLOSE_MS, undefined, closeStore).catch(() => {})
    return undelivered.map(({ json }) => JSON.parse(json))
  }

  #capture(event: TallyEvent, confirm?: Item['confirm']): void {
    const { store, onRejected, rules } = this.#sending
    const taken = capture(event, 0, this.#runtime.nowMs(), rules)
    if ('json' in taken) {
      this.#admit(taken, store?.keep(taken.json), confirm)
      this.#handOver()
      return
    }
    const { code, detail } = taken
    const { ledger } = this.#state
    ledger.captured++
    ledger.rejected++
    confirm?.({ kind: 'rejected', code, detail })
    safely(() => onRejected?.([{ event, code, detail }]))
  }

  #admit(captured: Omit<Captured, 'index'>, key?: string, confirm?: Item['confirm']): void {
    const { event, json, bytes, clockMs } = captured
    const seq = this.#state.nextSeq++
    const times = {
      atMs: this.#runtime.monotonicMs(),
      timeMs: timeMsOf(event, this.#runtime.nowMs()),
      clockMs,
    }
    this.#tell(admit(this.#state, { seq, json, bytes, ...times, key, confirm }))
  }

  #tell(settled: readonly Settled[]): void {
    this.#moveSoon()
    if (settled.length === 0) return
    tellOutcomes(settled, this.#sending)
    for (const end of this.#flushes) end(false)
  }

  #hurry(): void {
    hurry(this.#state)
    this.#moveSoon()
  }

  /** In a microtask, so that events tracked in one go travel in one batch. */
  #moveSoon(): void {
    if (this.#moveIsDue) return
    this.#moveIsDue = true
    Promise.resolve().then(() => this.#move())
  }

  #move(): void {
    const { monotonicMs, after } = this.#runtime
    this.#moveIsDue = false
    this.#cancelWake()
    for (;;) {
      const nowMs = monotonicMs()
      const move = nextMove(this.#state, nowMs)
      if (move === null) return
      if (typeof move === 'number') {
        this.#cancelWake = after(Math.ceil(move - nowMs), () => this.#move(), true)
        return
      }
      this.#send(move)
    }
  }

  async #send(flight: Flight): Promise<void> {
    const { timeoutMs, rules, store } = this.#sending
    const keepalive = this.#state.limits.keepalive && flight.bytes <= KEEPALIVE_BYTES_MAX
    const { signal } = this.#end
    const outcome = await sendBatch(this.#sending, { events: flight.items, timeoutMs, signal, keepalive })
    if (this.#state.closed) return // its events were given back
    if (outcome.kind === 'answered') rules.offsetMs = outcome.offsetMs ?? rules.offsetMs
    const mend = (item: Item) => mendTime(item, rules, store)
    const { monotonicMs, nowMs, random } = this.#runtime
    const moment = { nowMs: monotonicMs(), epochMs: nowMs(), random: random() }
    this.#tell(land(this.#state, { flight, outcome, mend, ...moment }))
    if (outcome.kind === 'retry' && this.#state.leaving) this.#beacon()
  }

  #leave(leaving: boolean): void {
    this.#state.leaving = leaving
    if (leaving) hurry(this.#state)
    this.#move() // the page may not live to the microtask
    if (leaving && !this.#state.limits.keepalive) this.#beacon()
  }

  /** Copies: whether they arrive is never known, so the events stay pending. */
  #beacon(): void {
    const { limits, queue } = this.#state
    const open = limits.keepalive ? queue.items : pendingItems(this.#state)
    const items = open.filter(({ seq }) => seq > this.#beaconedSeq)
    const { url, apiKey } = this.#sending
    const handedOver = sendBeacon(this.#runtime.page!, url, apiKey, items)
    this.#beaconedSeq = items[handedOver - 1]?.seq ?? this.#beaconedSeq
  }

  /** Lets a platform that ends programs between requests wait for what was tracked during one. */
  #handOver(): void {
    const { waitUntil } = this.#sending
    if (waitUntil === undefined || this.#isHandedOver) return
    this.#isHandedOver = true
    const sent = Promise.resolve().then(async () => {
      await this.flush()
      this.#isHandedOver = false
    })
    safely(() => waitUntil(sent))
  }

  async #reclaim(store: EventStore): Promise<void> {
    for (const { key, json } of await store.reclaim(roomLeft(this.#state)).catch(() => [])) {
      const bytes = utf8Bytes(json)
      const room = roomLeft(this.#state)
      if (this.#state.closing || room.events < 1 || room.bytes < bytes) continue // it stays in the store
      this.#admit({ event: JSON.parse(json), json, bytes, clockMs: undefined }, key)
    }
    if (this.#state.closed) return
    this.#cancelReclaim = this.#runtime.after(RECLAIM_INTERVAL_MS, () => this.#reclaim(store), true)
  }
}
