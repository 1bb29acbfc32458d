// What must hold of a client at every moment, whatever the server does. Knows what was stored and what was tracked;
// of the client it sees only what it says and does.
import type { TallyEvent } from '../../sdk/src/event.ts'
import type { EventOutcome } from '../../sdk/src/sending/event-queue.ts'
import type { Ledger } from '../../sdk/src/sending/send-state.ts'
import type { SentEvent } from './behaviours.ts'
import type { VirtualTime } from './virtual-runtime.ts'

const OUTAGE_GAP_MS = 1_000
const PAUSE_MAX_MS = 3_600_000
/** Dates are in whole seconds. */
const PAUSE_SLACK_MS = 1_000

export type Bounds = { readonly events: number; readonly bytes: number }

export class ClientCheck {
  readonly #time: VirtualTime
  readonly #stored: Pick<ReadonlyMap<string, unknown>, 'has' | 'size'>
  readonly #bounds: Bounds
  /** Whether the fate of every event is said. */
  readonly mayCountBytes: boolean
  /** By id: what the client said last, and how often it said so. */
  readonly #said = new Map<string, string>()
  #forgotten: string[] = []
  readonly #dropsTold = new Set<string>()
  /** The least that the client must hold of each event whose fate is open: its longest field. */
  readonly #openBytes = new Map<string, number>()
  readonly tracked = new Map<string, TallyEvent>()
  #lastStartMs = Number.NEGATIVE_INFINITY
  #lastTook = true
  #pausedUntilMs = Number.NEGATIVE_INFINITY
  violation: string | null = null
  requests = 0
  stalls = 0

  constructor(
    time: VirtualTime,
    stored: Pick<ReadonlyMap<string, unknown>, 'has' | 'size'>,
    bounds: Bounds,
    mayCountBytes: boolean,
  ) {
    this.#time = time
    this.#stored = stored
    this.#bounds = bounds
    this.mayCountBytes = mayCountBytes
  }

  /** One request a second in an outage, and none while the server asked for a pause. */
  onRequest(events: readonly SentEvent[]): void {
    const { nowMs } = this.#time
    this.requests++
    const gapMs = nowMs - this.#lastStartMs
    if (!this.#lastTook && gapMs < OUTAGE_GAP_MS)
      this.fail(`a request ${gapMs} ms after the last one, which failed`)
    if (nowMs < this.#pausedUntilMs)
      this.fail(`a request ${this.#pausedUntilMs - nowMs} ms before the pause ends`)
    for (const { id } of events) {
      const said = this.#said.get(id)
      if (said !== undefined && said !== 'undelivered') this.fail(`${id} is sent although it was ${said}`)
    }
    this.#lastStartMs = nowMs
  }

  onOutcome(took: boolean, pauseMs: number): void {
    this.#lastTook = took
    if (!took) this.stalls++
    const waitMs = Math.min(pauseMs, PAUSE_MAX_MS) - PAUSE_SLACK_MS
    if (pauseMs > 0) this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#time.nowMs + waitMs)
  }

  /** A new client knows nothing of the server. */
  onNewClient(): void {
    this.#lastTook = true
    this.#pausedUntilMs = Number.NEGATIVE_INFINITY
  }

  /** By the promise of an event, or by a listener. */
  onSaid(id: string, { kind }: Pick<EventOutcome, 'kind'>): void {
    const before = this.#said.get(id)
    if (before !== undefined && before !== kind && before !== 'undelivered')
      this.fail(`${id} is ${before} and ${kind}`)
    if (kind === 'delivered' && !this.#stored.has(id))
      this.fail(`${id} is called delivered, and is not stored`)
    this.#said.set(id, kind)
    this.#openBytes.delete(id)
  }

  onTracked(event: TallyEvent & { readonly id: string }): void {
    this.tracked.set(event.id, event)
    this.#openBytes.set(event.id, event.viewerId?.length ?? 0)
  }

  /** Told by a listener, and not by a promise alone. */
  onDropTold(id: string): void {
    if (this.#dropsTold.has(id)) this.fail(`the drop of ${id} is told twice`)
    this.#dropsTold.add(id)
    this.onSaid(id, { kind: 'dropped' })
  }

  said(id: string): string | undefined {
    return this.#said.get(id)
  }

  /** The store forgets an event only when its fate is known; see `checkMoment`. */
  onForgotten(id: string): void {
    if (!this.#stored.has(id)) this.#forgotten.push(id)
  }

  /** Once all that follows from one moment has happened. */
  checkMoment(ledger: Ledger): void {
    for (const id of this.#forgotten.splice(0)) {
      if (!this.#said.has(id)) this.fail(`${id} is forgotten before its fate is known`)
    }
    this.checkLedger(ledger)
  }

  checkLedger({ captured, delivered, rejected, dropped, pending }: Ledger): void {
    const sum = delivered + rejected + dropped + pending
    if (captured !== sum) this.fail(`the ledger says ${captured} captured, and ${sum} in sum`)
    if (pending > this.#bounds.events)
      this.fail(`${pending} events are pending, of at most ${this.#bounds.events}`)
    let bytes = 0
    for (const open of this.#openBytes.values()) bytes += open
    if (this.mayCountBytes && bytes > this.#bounds.bytes)
      this.fail(`${bytes} bytes are pending, of at most ${this.#bounds.bytes}`)
    if (delivered > this.#stored.size)
      this.fail(`${delivered} are delivered, and ${this.#stored.size} stored`)
  }

  /** At the end each event is stored, or was told to be lost; and what was told fits what happened. */
  checkEnd(ledger: Ledger): void {
    this.checkLedger(ledger)
    for (const [id, said] of this.#said) {
      if (said === 'dropped' && !this.#dropsTold.has(id))
        this.fail(`the drop of ${id} is not told to onDropped`)
    }
    for (const id of this.tracked.keys()) {
      if (!this.#said.has(id) && !this.#stored.has(id)) this.fail(`${id} is lost in silence`)
    }
  }

  /** The first one stays. Not thrown: the client would take it for a fault of the network. */
  fail(what: string): void {
    this.violation ??= `after ${this.#time.nowMs} ms: ${what}`
  }
}
