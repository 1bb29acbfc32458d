// Tabs that are really hidden, frozen and put to sleep. Playwright makes every page believe that it is in front, so
// this speaks the DevTools protocol itself. https://chromedevtools.github.io/devtools-protocol/
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { CHROMIUM } from '../../infra/native/chromium.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'

const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--remote-debugging-port=0'],
  ...['--disable-background-networking', '--autoplay-policy=no-user-gesture-required'],
]
const ADDRESS = /DevTools listening on (ws:\S+)/

type Answer = {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

class Connection {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #sent = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const answer: Answer = JSON.parse(data)
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer)
    })
  }

  static async open(address: string): Promise<Connection> {
    const socket = new WebSocket(address)
    await once(socket, 'open')
    return new Connection(socket)
  }

  async send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    const id = ++this.#sent
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }))
    const { result, error } = await answered
    this.#waiting.delete(id)
    if (error) throw new Error(`${method}: ${error.message}`)
    return result as T
  }

  close(): void {
    this.#socket.close()
  }
}

export class Tab {
  readonly #connection: Connection
  readonly #target: string
  readonly #session: string

  constructor(connection: Connection, target: string, session: string) {
    this.#connection = connection
    this.#target = target
    this.#session = session
  }

  /** Runs a function in the page; it knows nothing but its argument. */
  async evaluate<T, A = undefined>(work: (argument: A) => T | Promise<T>, argument?: A): Promise<T> {
    const { result, exceptionDetails } = await this.#send<{
      readonly result: { readonly value: T }
      readonly exceptionDetails?: { readonly exception?: { readonly description?: string } }
    }>('Runtime.evaluate', {
      expression: `(${work})(${JSON.stringify(argument)})`,
      awaitPromise: true,
      returnByValue: true,
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? 'a page failed')
    return result.value
  }

  /** Puts the tab in front, which hides the others. */
  async activate(): Promise<void> {
    await this.#connection.send('Target.activateTarget', { targetId: this.#target })
  }

  /** What a browser does to save memory: no code of the page runs. */
  async freeze(isFrozen: boolean): Promise<void> {
    await this.#send('Page.setWebLifecycleState', { state: isFrozen ? 'frozen' : 'active' })
  }

  async reload(): Promise<void> {
    await this.#send('Page.reload')
  }

  #send<T>(method: string, params: object = {}): Promise<T> {
    return this.#connection.send(method, params, this.#session)
  }
}

/** A browser with windows of its own; closes itself and its tabs. */
export class RealBrowser implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #connection: Connection
  readonly #profile: AsyncDisposable

  private constructor(process: ChildProcess, connection: Connection, profile: AsyncDisposable) {
    this.#process = process
    this.#connection = connection
    this.#profile = profile
  }

  static async launch(flags: readonly string[] = []): Promise<RealBrowser> {
    const profile = await temporaryDirectory()
    const args = [...FLAGS, ...flags, `--user-data-dir=${profile.path}`, 'about:blank']
    const child = spawn(CHROMIUM, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    for await (const line of createInterface({ input: child.stderr })) {
      const address = ADDRESS.exec(line)?.[1]
      if (address === undefined) continue
      child.stderr.resume() // nobody reads on, and it must not fill up
      return new RealBrowser(child, await Connection.open(address), profile)
    }
    throw new Error('Chromium ended before it listened')
  }

  /** `isBehind`: in the background from its birth, like a link that is opened in a new tab. */
  async open(url: string, { isBehind = false } = {}): Promise<Tab> {
    const { targetId } = await this.#connection.send<{ targetId: string }>('Target.createTarget', {
      ...{ url: 'about:blank', background: isBehind },
    })
    const attach = { targetId, flatten: true }
    const { sessionId } = await this.#connection.send<{ sessionId: string }>('Target.attachToTarget', attach)
    await this.#connection.send('Page.navigate', { url }, sessionId)
    return new Tab(this.#connection, targetId, sessionId)
  }

  /** What a machine does when its lid is closed: all that draws and runs pages stops, while time goes on. */
  async sleep(work: () => Promise<void>): Promise<void> {
    const { processInfo } = await this.#connection.send<{
      readonly processInfo: readonly { readonly type: string; readonly id: number }[]
    }>('SystemInfo.getProcessInfo')
    const pids = processInfo.filter(({ type }) => type !== 'browser').map(({ id }) => id)
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    try {
      await work()
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.send('Browser.close')
    if (this.#process.exitCode === null) await once(this.#process, 'exit')
    this.#connection.close()
    await this.#profile[Symbol.asyncDispose]()
  }
}
