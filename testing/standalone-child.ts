// The standalone process for tests: a child process with its own port, used over HTTP.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../services/standalone/main.ts', import.meta.url))

export type Ended = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly errors: string
}

export class StandaloneChild implements AsyncDisposable {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  readonly #ready: Promise<string>

  constructor(environment: Readonly<Record<string, string>>, args: readonly string[] = []) {
    const env = { ...process.env, HOST: '127.0.0.1', PORT: '0', ...environment }
    this.#child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let errors = ''
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve({ code, signal, errors }))
    })
    this.#ready = this.#firstReadyLine()
    this.#ready.catch(() => {})
  }

  /** The address that it listens at. Fails if it ends before printing it. */
  url(): Promise<string> {
    return this.#ready
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.#child.kill(signal)
    return this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGKILL')
  }

  async #firstReadyLine(): Promise<string> {
    for await (const line of createInterface({ input: this.#child.stdout! })) {
      const ready = /^ready (http:\S+)$/.exec(line)
      if (ready !== null) return ready[1]!
    }
    throw new Error(`it ended before it was ready: ${(await this.ended).errors}`)
  }
}
