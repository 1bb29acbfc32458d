// A client of live counts, for tests and benchmarks: reads server-sent events from one connection.
import { type IncomingMessage, request } from 'node:http'

export type LiveMessage = { readonly event: string; readonly id: string; readonly data: unknown }

export class LiveClient {
  readonly response: IncomingMessage
  readonly messages: LiveMessage[] = []
  readonly comments: string[] = []
  retryMs = Number.NaN
  readonly ended: Promise<void>
  readonly #onMessage: (message: LiveMessage) => void
  #text = ''

  private constructor(response: IncomingMessage, onMessage: (message: LiveMessage) => void) {
    this.response = response
    this.#onMessage = onMessage
    this.ended = new Promise((resolve) => response.once('close', resolve))
    response.setEncoding('utf8').on('error', () => {})
  }

  /** Resolves with the head of the answer, whatever its status; reads the events if it is 200. */
  static connect(
    url: string,
    options: {
      readonly headers?: Readonly<Record<string, string>>
      readonly onMessage?: (message: LiveMessage) => void
    } = {},
  ): Promise<LiveClient> {
    const { promise, resolve, reject } = Promise.withResolvers<LiveClient>()
    const asked = request(url, { headers: { ...options.headers }, agent: false }, (response) => {
      const client = new LiveClient(response, options.onMessage ?? (() => {}))
      if (response.statusCode === 200) client.resume()
      resolve(client)
    })
    asked.once('error', reject).end()
    return promise
  }

  resume(): void {
    this.response.on('data', (text: string) => this.#take(text)).resume()
  }

  close(): void {
    this.response.destroy()
  }

  /** Waits for a message that meets the condition. */
  async until(isIt: (message: LiveMessage) => boolean): Promise<LiveMessage> {
    for (let seen = 0; ; ) {
      for (; seen < this.messages.length; seen++) if (isIt(this.messages[seen]!)) return this.messages[seen]!
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  #take(text: string): void {
    const blocks = (this.#text + text).split('\n\n')
    this.#text = blocks.pop()!
    for (const block of blocks) this.#takeBlock(block)
  }

  #takeBlock(block: string): void {
    if (block.startsWith(': ')) {
      this.comments.push(block.slice(2))
      return
    }
    const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)))
    if (fields.retry !== undefined) this.retryMs = Number(fields.retry)
    if (fields.data === undefined) return
    const message = { event: fields.event ?? 'message', id: fields.id ?? '', data: JSON.parse(fields.data) }
    this.messages.push(message)
    this.#onMessage(message)
  }
}
