// The tool's own server: started, killed without warning, restarted on the same data, stopped.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Fault } from '../../lib/fault.ts'
import { freePort } from '../../lib/free-port.ts'

export type ServerSettings = {
  /** The command with its arguments. */
  readonly command: readonly [string, ...string[]]
  readonly dataDir: string
  /** Its other settings. */
  readonly environment?: Readonly<Record<string, string>>
  /** Called if the server ends unexpectedly. */
  readonly onCrash: (fault: Fault) => void
}

const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 15_000
const LAST_LINES = 20

export class ServerProcess {
  readonly #settings: ServerSettings
  readonly #lastLines: string[] = []
  #port = 0
  #child: ChildProcess | null = null
  #stopped = false
  readonly #killOnExit = () => this.#child?.kill('SIGKILL')

  constructor(settings: ServerSettings) {
    this.#settings = settings
    process.once('exit', this.#killOnExit)
  }

  /** Resolves when it takes events, on a free port. Fails with a Fault that shows its last words. */
  async start(): Promise<void> {
    this.#port = await freePort()
    await this.#launch()
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Pauses it, with its connections open. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** kill -9, then a restart on the same data. Returns the downtime in milliseconds. */
  async killAndRestart(): Promise<number> {
    const killedMs = performance.now()
    await this.#end('SIGKILL')
    await this.#launch()
    return performance.now() - killedMs
  }

  /** Stops it by SIGTERM, and kills it if it does not end. */
  async stop(): Promise<void> {
    this.#stopped = true
    const child = this.#child
    const timer = setTimeout(() => child?.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await this.#end('SIGTERM')
    clearTimeout(timer)
    process.removeListener('exit', this.#killOnExit)
  }

  async #launch(): Promise<void> {
    if (this.#stopped) throw this.#fault('was stopped')
    const { command, dataDir, environment } = this.#settings
    const [file, ...args] = command
    const env = { ...process.env, ...environment, PORT: String(this.#port), DATA_DIR: dataDir }
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    const ready = new Promise<void>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#keep(line)
        if (line.startsWith('ready ')) resolve()
      })
    })
    createInterface({ input: child.stderr }).on('line', (line) => this.#keep(line))
    const ended = new Promise<never>((_, reject) => {
      child.once('error', (cause) => reject(this.#fault(`cannot be started: ${cause.message}`)))
      child.once('close', (code, signal) => reject(this.#fault(`ended with ${signal ?? `code ${code}`}`)))
    })
    const timeout = AbortSignal.timeout(READY_TIMEOUT_MS)
    const tooSlow = once(timeout, 'abort').then(() => {
      throw this.#fault(`is not ready after ${READY_TIMEOUT_MS} ms`)
    })
    await Promise.race([ready, ended, tooSlow])
    ended.catch((fault: Fault) => {
      if (this.#child === child) this.#settings.onCrash(fault)
    })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  #keep(line: string) {
    this.#lastLines.push(line)
    if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift()
  }

  #fault(what: string): Fault {
    return new Fault(`The server ${what}. Its last lines:\n  ${this.#lastLines.join('\n  ') || '(none)'}`)
  }
}
