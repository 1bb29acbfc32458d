// The measured server, as a child process that prints `ready URL`.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'

/** Of /proc/PID/stat: fields 14 and 15, counted after the name in parentheses, in ticks of 10 ms. */
const USER_TICKS_AT = 11
const TICKS_PER_SECOND = 100

export class ServerProcess {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  /** Resolves when it accepts requests. */
  static async start(file: URL, env: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const child = spawn(process.execPath, [file.pathname], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const line of createInterface(child.stdout)) {
      if (line.startsWith('ready ')) return new ServerProcess(child, line.slice('ready '.length))
    }
    throw new Error(`${file.pathname} ended before it was ready`)
  }

  /** Its CPU time so far; 0 if the system does not report it. */
  async cpuSeconds(): Promise<number> {
    const stat = await readFile(`/proc/${this.#child.pid}/stat`, 'latin1').catch(() => null)
    if (stat === null) return 0
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[USER_TICKS_AT]) + Number(fields[USER_TICKS_AT + 1])) / TICKS_PER_SECOND
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.#child.kill('SIGTERM')
    await once(this.#child, 'exit')
  }
}
