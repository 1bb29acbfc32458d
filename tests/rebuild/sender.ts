// Sends fresh, late, repeated and bad events, and some whose viewers are known; each batch until it is resolved.
import type { Client, TallyEvent } from '../../sdk/src/index.ts'
import { Random } from '../../simulator/random.ts'
import { Traffic } from '../batch/traffic.ts'
import { Truth } from '../faults/acknowledged-counts.ts'

const BATCH_EVENTS = 500
const BATCHES_IN_FLIGHT = 4
const VIEWERS = 300
const VIEWED_AGO_MS_MAX = 5 * 3_600_000
export const VIEWED = { videoId: 'video.1', type: 'view' } as const

export class Sender {
  readonly truth = new Truth()
  /** Acknowledged, copies included. */
  accepted = 0
  lastMs = 0
  readonly #client: Client
  readonly #random: Random
  readonly #traffic: Traffic
  readonly #signal: AbortSignal

  constructor(client: Client, seed: number, signal: AbortSignal) {
    this.#client = client
    this.#random = new Random(seed)
    this.#traffic = new Traffic(this.#random)
    this.#signal = signal
  }

  /** So many ids that were not sent before, copies in between. Fails with the TallyError of what cannot be sent. */
  async send(ids: number): Promise<void> {
    const until = this.truth.events + ids
    const worker = async () => {
      while (this.truth.events < until) await this.#deliver(this.#batch(until))
    }
    await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, worker))
  }

  /** One event of each viewer, at some time of the last hours. */
  async sendViewed(): Promise<void> {
    const nowMs = Date.now()
    const events = Array.from({ length: VIEWERS }, (_, i) => {
      const timeMs = nowMs - this.#random.int(0, VIEWED_AGO_MS_MAX)
      const id = `viewed${i}`
      this.truth.add({ ...VIEWED, id, timeMs, thousandths: null })
      return { ...VIEWED, id, time: timeMs, viewerId: `viewer${i}` }
    })
    await this.#deliver(events)
  }

  #batch(until: number): TallyEvent[] {
    const events: TallyEvent[] = []
    const nowMs = Date.now()
    while (events.length < BATCH_EVENTS && this.truth.events < until) {
      const { event, sample } = this.#traffic.next(nowMs)
      events.push(event)
      if (sample !== null) this.truth.add(sample)
    }
    return events
  }

  async #deliver(events: readonly TallyEvent[]): Promise<void> {
    const { accepted } = await this.#client.processEvents(events, { signal: this.#signal })
    this.accepted += accepted
    this.lastMs = Date.now()
  }
}
