// Sends one case and returns the statuses and bodies that came back.
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import type { HttpRequest } from './good-request.ts'

export type Answer = { readonly status: number; readonly body: string }

const TIMEOUT_MS = 30_000
const STATUS_LINE = /HTTP\/1\.[01] (\d{3}) /g

export class Sender {
  readonly #port: number
  readonly #agent: Agent

  constructor(url: string, socketsMax: number) {
    this.#port = Number(new URL(url).port)
    this.#agent = new Agent({ keepAlive: true, maxSockets: socketsMax })
  }

  /** Null where the client itself refuses to send it, or the server ended the connection instead of reading on. */
  http({ method, path, headers, body }: HttpRequest): Promise<Answer | null> {
    return new Promise((resolve) => {
      const given = {
        host: '127.0.0.1',
        port: this.#port,
        agent: this.#agent,
        method,
        path,
        timeout: TIMEOUT_MS,
      }
      const sent = { ...headers, 'content-length': String(body.length) }
      try {
        const request = httpRequest(
          { ...given, headers: sent, setHost: !('host' in headers) },
          (response) => {
            let text = ''
            response.setEncoding('utf8').on('data', (chunk: string) => {
              text += chunk
            })
            response.on('end', () => resolve({ status: response.statusCode!, body: text }))
            response.on('error', () => resolve({ status: response.statusCode!, body: text }))
          },
        )
        request.on('timeout', () => request.destroy(new Error('no answer')))
        request.on('error', () => resolve(null))
        request.end(body)
      } catch {
        resolve(null)
      }
    })
  }

  /**
   * The statuses of all answers, in order. Resolves when the server has closed the connection: because a request asks
   * for that, or because the sending side is closed, after which Node answers nothing that it has not answered yet.
   */
  raw(bytes: Buffer, closes: boolean): Promise<readonly number[]> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, '127.0.0.1')
      let text = ''
      const done = () => resolve([...text.matchAll(STATUS_LINE)].map(([, status]) => Number(status)))
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk
      })
      socket.setTimeout(TIMEOUT_MS, () => socket.destroy())
      socket.on('error', () => {})
      socket.on('close', done)
      if (closes) socket.end(bytes)
      else socket.write(bytes)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
