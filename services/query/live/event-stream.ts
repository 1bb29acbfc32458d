// One client's stream of server-sent events (WHATWG HTML, section 9.2). Its unsent bytes are bounded: a client that
// reads too slowly is told so and disconnected; its next connection begins with the full current state.
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  connection: 'close', // no other request will use it
} as const
/** The time for a disconnected client to read the reason. */
const DROP_GRACE_MS = 5_000

export class EventStream {
  readonly #response: ServerResponse
  readonly #bufferBytesMax: number
  /** Messages before `open`. */
  #early: string[] | null = []
  #isOver = false
  #wasDropped = false

  constructor(response: ServerResponse, bufferBytesMax: number) {
    this.#response = response
    this.#bufferBytesMax = bufferBytesMax
  }

  get wasDropped(): boolean {
    return this.#wasDropped
  }

  /** Sends the headers, the reconnection delay, and the messages so far. */
  open(headers: Readonly<Record<string, string | number | string[] | undefined>>, retryMs: number): void {
    const early = this.#early ?? []
    this.#early = null
    this.#response.writeHead(200, { ...headers, ...HEADERS } as OutgoingHttpHeaders)
    this.#write(`retry: ${Math.round(retryMs)}\n\n${early.join('')}`)
  }

  /** `data` has no line breaks. Returns false if the client was disconnected or is gone. */
  send(event: string, id: number, data: string): boolean {
    return this.#write(`event: ${event}\nid: ${id}\ndata: ${data}\n\n`)
  }

  /** A heartbeat, which shows both ends that the other is alive. */
  beat(): boolean {
    return this.#early !== null || this.#write(': heartbeat\n\n')
  }

  end(): void {
    this.#finish(': closing\n\n')
  }

  #write(text: string): boolean {
    if (this.#isOver) return false
    if (this.#early !== null) {
      this.#early.push(text)
      return true
    }
    if (this.#response.writableLength + Buffer.byteLength(text) > this.#bufferBytesMax) {
      this.#drop()
      return false
    }
    this.#response.write(text)
    return true
  }

  #drop(): void {
    this.#wasDropped = true
    this.#finish(
      `event: dropped\ndata: {"reason":"More than ${this.#bufferBytesMax} bytes were not read."}\n\n`,
    )
    setTimeout(() => this.#response.destroy(), DROP_GRACE_MS).unref()
  }

  #finish(text: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#response.end(text)
  }
}
