// A request body that is made once and gets new ids in place before each use.
import { randomUUID } from 'node:crypto'

export type BatchEvent = { readonly videoId: string; readonly type: string; readonly value: number }

const COUNTER_DIGITS = 12

export class EventBatch {
  readonly body: Buffer
  readonly events: readonly BatchEvent[]
  readonly #counterAt: number[] = []
  #uses = 0

  constructor(events: readonly BatchEvent[], timeMs: number) {
    this.events = events
    const unique = randomUUID().slice(0, -COUNTER_DIGITS)
    const zeros = '0'.repeat(COUNTER_DIGITS)
    const parts = events.map((event, i) => {
      const id = `${unique.slice(0, -5)}${i.toString(16).padStart(4, '0')}-${zeros}`
      return JSON.stringify({ id, ...event, time: new Date(timeMs).toISOString() })
    })
    this.body = Buffer.from(`[${parts.join(',')}]`)
    for (let at = this.body.indexOf(zeros); at >= 0; at = this.body.indexOf(zeros, at + COUNTER_DIGITS)) {
      this.#counterAt.push(at)
    }
  }

  /** Gives all events new ids. No earlier request with this body may still be in flight. */
  renew(): void {
    this.#uses++
    const digits = this.#uses.toString().padStart(COUNTER_DIGITS, '0')
    for (const at of this.#counterAt) this.body.write(digits, at, 'latin1')
  }
}
