// One keep-alive connection that posts bodies one after the other. As lean as possible, because it shares the machine
// with the measured server. Supports only HTTP/1.1 with Content-Length.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const HEAD_END = '\r\n\r\n'

export class RequestSender {
  readonly #socket: Socket
  readonly #head: string
  #received = ''
  #answered: PromiseWithResolvers<number> | null = null

  private constructor(socket: Socket, url: URL, headers: string) {
    this.#socket = socket
    this.#head =
      `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n${headers}` +
      'Connection: keep-alive\r\nContent-Length: '
    socket.setEncoding('latin1').setNoDelay(true)
    socket.on('data', (text: string) => this.#receive(text))
    socket.on('close', () => this.#answered?.reject(new Error('the server closed the connection')))
  }

  /** `headers`: lines that say what the bodies are, each with its end. */
  static async connect(url: URL, headers: string): Promise<RequestSender> {
    const socket = connect(Number(url.port), url.hostname)
    await once(socket, 'connect')
    return new RequestSender(socket, url, headers)
  }

  /** The status of the answer. One request at a time. */
  post(body: Uint8Array): Promise<number> {
    this.#answered = Promise.withResolvers()
    this.#socket.cork()
    this.#socket.write(`${this.#head}${body.length}${HEAD_END}`)
    this.#socket.write(body)
    this.#socket.uncork()
    return this.#answered.promise
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(text: string): void {
    this.#received += text
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return
    const length = /content-length: (\d+)/i.exec(this.#received)?.[1]
    if (this.#received.length < headEnd + HEAD_END.length + Number(length)) return
    const status = Number(this.#received.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3))
    this.#received = ''
    this.#answered!.resolve(status)
  }
}
