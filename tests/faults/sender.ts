// A steady stream through the SDK: each batch is sent until it is resolved, whatever happens meanwhile.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Rejection, TallyEvent } from '../../sdk/src/index.ts'
import type { Sample, Truth } from './acknowledged-counts.ts'
import type { AsOfPromise } from './as-of-promise.ts'
import type { EventSource } from './traffic.ts'

const TICK_MS = 50
/** While the front door is unreachable, the stream waits at this many batches. */
const BATCHES_IN_FLIGHT_MAX = 200

export class Sender {
  /** The times of acknowledgements, on the monotonic clock, and their numbers of events. */
  readonly acks: { readonly atMs: number; readonly events: number }[] = []
  readonly rejections: Rejection[] = []
  /** When a try of a request was not taken, and was or will be sent again. */
  readonly refusedMs: readonly number[]
  accepted = 0
  late = 0
  readonly #client: Client
  readonly #traffic: EventSource
  readonly #truth: Truth
  readonly #promise: Pick<AsOfPromise, 'acknowledged'>
  readonly #giveUp: AbortSignal
  readonly #inFlight = new Set<Promise<void>>()
  #failure: unknown = null

  /** @param giveUp aborts pending requests, and `run` fails */
  constructor(
    client: Client,
    traffic: EventSource,
    truth: Truth,
    promise: Pick<AsOfPromise, 'acknowledged'>,
    giveUp: AbortSignal,
    refusedMs: readonly number[],
  ) {
    this.#client = client
    this.#traffic = traffic
    this.#truth = truth
    this.#promise = promise
    this.#giveUp = giveUp
    this.refusedMs = refusedMs
  }

  /**
   * Runs until aborted; then resolves when every batch is resolved. Fails with the TallyError of the first that is
   * not.
   */
  async run(rate: number, ending: AbortSignal): Promise<void> {
    const startMs = performance.now()
    let made = 0
    while (!ending.aborted) {
      const due = Math.floor(((performance.now() - startMs) / 1_000) * rate) - made
      const size = Math.min(due, Math.ceil((2 * rate * TICK_MS) / 1_000))
      made += due // events that were not sent during a pause are not sent later
      if (size > 0) this.#start(this.#batch(size))
      await sleep(TICK_MS)
      while (this.#inFlight.size >= BATCHES_IN_FLIGHT_MAX) await Promise.race(this.#inFlight)
      if (this.#failure !== null) break
    }
    await Promise.all(this.#inFlight)
    if (this.#failure !== null) throw this.#failure
  }

  /** Sends an event of the stream to this server as well, and ignores its answer. */
  async tryAt(url: string): Promise<Response> {
    const batch = this.#batch(1)
    const answer = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(batch),
      signal: this.#giveUp,
    })
    await answer.arrayBuffer()
    this.#start(batch)
    return answer
  }

  #start(batch: readonly TallyEvent[]): void {
    const sending: Promise<void> = this.#send(batch)
      .catch((error) => {
        this.#failure ??= error
      })
      .finally(() => this.#inFlight.delete(sending))
    this.#inFlight.add(sending)
  }

  async #send(batch: readonly TallyEvent[]): Promise<void> {
    const { accepted, late, rejected } = await this.#client.processEvents(batch, { signal: this.#giveUp })
    this.acks.push({ atMs: performance.now(), events: accepted })
    if (rejected.length === 0) this.#promise.acknowledged(batch, Date.now())
    this.accepted += accepted
    this.late += late
    this.rejections.push(...rejected)
  }

  #batch(size: number): TallyEvent[] {
    const nowMs = Date.now()
    return Array.from({ length: size }, () => {
      const sample = this.#traffic.next(nowMs)
      this.#truth.add(sample)
      return eventOf(sample)
    })
  }
}

function eventOf({ id, videoId, type, timeMs, thousandths }: Sample): TallyEvent {
  const event = { id, videoId, type, time: timeMs }
  return thousandths === null ? event : { ...event, value: thousandths / 1_000 }
}
