// A steady stream of events and questions, as it comes to a front door whether that answers or not: it waits for no
// answer, and what fails is not tried again. It counts nothing: alerts say how the door does.
import { randomUUID } from 'node:crypto'

export type TrafficOptions = {
  readonly url: string
  readonly requestsPerSecond?: number
  /** In each request that sends some. */
  readonly events?: number
}

const REQUESTS_PER_SECOND = 20
const EVENTS = 8
const VIDEOS = 32
const IN_FLIGHT_MAX = 100
const PATIENCE_MS = 10_000
/** A question of which the last answer is kept while nothing can be asked. */
const QUESTION = 'eventType=view&function=count&startTime=2026-01-01T00:00:00Z&endTime=2036-01-01T00:00:00Z'

export class Traffic {
  readonly #options: TrafficOptions
  readonly #timer: NodeJS.Timeout
  readonly #ending = new AbortController()
  #inFlight = 0
  #sent = 0
  #answered = 0
  /** For both; null while keys are off. */
  key: string | null = null

  constructor(options: TrafficOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#tick(), 1_000 / (options.requestsPerSecond ?? REQUESTS_PER_SECOND))
  }

  /** How many requests were answered, in whatever way. */
  get answered(): number {
    return this.#answered
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#ending.abort()
  }

  #tick(): void {
    if (this.#inFlight >= IN_FLIGHT_MAX) return
    const { url, events: count = EVENTS } = this.#options
    const time = Date.now()
    const events = Array.from({ length: count }, (_, i) => {
      return { id: randomUUID(), videoId: `v${(this.#sent + i) % VIDEOS}`, type: 'view', time }
    })
    this.#sent++
    this.#ask(`${url}/v1/events`, { method: 'POST', body: JSON.stringify(events) })
    this.#ask(`${url}/v1/videos/v${this.#sent % 2}/stats?${QUESTION}`, {})
    if (this.#sent !== 1) return
    // Once, so that what is told of these is seen.
    this.#ask(`${url}/v1/events`, { method: 'POST', body: '{"id":"no video"}' })
    this.#ask(`${url}/v1/videos/v1/breakdown?by=country&${QUESTION}`, {})
  }

  #ask(address: string, request: RequestInit): void {
    this.#inFlight++
    const headers = {
      'content-type': 'application/json',
      ...(this.key !== null && { authorization: `Bearer ${this.key}` }),
    }
    const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), this.#ending.signal])
    fetch(address, { ...request, headers, signal })
      .then((answer) => answer.arrayBuffer())
      .then(() => {
        this.#answered++
      })
      .catch(() => {})
      .finally(() => {
        this.#inFlight--
      })
  }
}
