// A receiver of webhooks of its own, which refuses them or takes them as it is told.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const TAKEN = 204
const REFUSED = 503

export class WebhookReceiver {
  #isTaking = false
  readonly #server = createServer((request, response) => {
    request.resume()
    request.once('end', () => response.writeHead(this.#isTaking ? TAKEN : REFUSED).end())
  })

  /** The address that it listens at. It refuses at first, and keeps no process alive. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1').unref()
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  take(): void {
    this.#isTaking = true
  }
}
