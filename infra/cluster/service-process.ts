// One service of a cluster as a process: started until it says that it is ready, killed, paused, stopped by its id.
import { type ChildProcess, spawn } from 'node:child_process'
import { addAbortListener, once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { InfraFault } from '../fault.ts'

export type ServiceSpec = {
  /** Like `processing-2`. */
  readonly name: string
  readonly main: string
  readonly port: number
  readonly environment: Readonly<Record<string, string>>
  readonly logFile: string
}

const STOP_TIMEOUT_MS = 20_000

export class ServiceProcess {
  readonly spec: ServiceSpec
  #main: string
  #environment: Readonly<Record<string, string>> = {}
  #child: ChildProcess | null = null

  constructor(spec: ServiceSpec) {
    this.spec = spec
    this.#main = spec.main
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  get pid(): number | null {
    return this.isRunning ? this.#child!.pid! : null
  }

  /** From the next start on, the program of another release. */
  use(main: string): void {
    this.#main = main
  }

  /** From the next start on, these settings in place of those that it had. */
  configure(environment: Readonly<Record<string, string>>): void {
    this.#environment = { ...this.#environment, ...environment }
  }

  /**
   * Resolves when it takes work. Fails with an InfraFault `did_not_start` when it ends before, and with the reason of
   * `signal`, which stops it. It can be stopped from the moment of the call on: nothing is waited for before.
   */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.isRunning) return
    signal?.throwIfAborted()
    const { name, port, environment, logFile } = this.spec
    mkdirSync(dirname(logFile), { recursive: true })
    const set = { ...environment, ...this.#environment }
    const env = { ...process.env, HOST: '127.0.0.1', ...set, PORT: String(port) }
    const child = spawn(process.execPath, [this.#main], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.#child = child
    const log = createWriteStream(logFile, { flags: 'a' })
    child.stderr!.pipe(log, { end: false })
    child.once('exit', () => log.end())
    using _ = signal && addAbortListener(signal, () => void this.stop())
    for await (const line of createInterface({ input: child.stdout! })) {
      if (/^ready http/.test(line)) return
    }
    signal?.throwIfAborted()
    throw new InfraFault('did_not_start', `${name} ended before it was ready: see ${logFile}.`)
  }

  /** Asks it to stop, and kills it where it does not. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child === null || !this.isRunning) return
    const exited = once(child, 'exit')
    child.kill('SIGCONT')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await exited
    clearTimeout(timer)
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === null || !this.isRunning) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }
}
